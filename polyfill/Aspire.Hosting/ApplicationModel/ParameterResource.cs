namespace Aspire.Hosting.ApplicationModel;

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.ParameterResource</c>.</summary>
public class ParameterResource : Resource, IExpressionValue
{
    private readonly Lazy<string> _value;

    public ParameterResource(string name, Func<ParameterDefault?, string> callback, bool secret = false) : base(name)
    {
        ArgumentNullException.ThrowIfNull(callback);
        _value = new(() => callback(Default));
        Secret = secret;
    }

    public ParameterDefault? Default { get; set; }

    public bool Secret { get; }

    public string ValueExpression => $"{{{Name}.value}}";

    /// <summary>Set once the application starts: from then on readers wait for the processed value.</summary>
    internal TaskCompletionSource<string>? Processed { get; set; }

    internal string Value => _value.Value;

    public async ValueTask<string?> GetValueAsync(CancellationToken cancellationToken) =>
        Processed is null ? Value : await Processed.Task.WaitAsync(cancellationToken);
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.ParameterDefault</c>.</summary>
public abstract class ParameterDefault
{
    public abstract string GetDefaultValue();
}

