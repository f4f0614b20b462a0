namespace Microsoft.Extensions.Hosting;

/// <summary>Marks an endpoint that decodes bodies of a content encoding, and limits their size itself.</summary>
/// <param name="encoding">The encoding, such as <c>gzip</c>.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class AcceptsContentEncodingAttribute(string encoding) : Attribute
{
    /// <summary>Gets the encoding.</summary>
    public string Encoding { get; } = encoding;
}
