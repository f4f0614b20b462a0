using System.Net;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Shop.Tests.Support;

/// <summary>The summaries of doc comments, from the XML file that the compiler writes beside an assembly.</summary>
internal sealed partial class DocComments(Assembly assembly)
{
    private readonly Dictionary<string, string> _summaries =
        XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml")).Descendants("member")
            .Where(member => member.Element("summary") is not null)
            .ToDictionary(member => member.Attribute("name")!.Value, member => ToMarkdown(member.Element("summary")!));

    public string Summary(Type type) => Summary($"T:{type.FullName!.Replace('+', '.')}");

    public string Summary(PropertyInfo property) => Summary($"P:{property.DeclaringType!.FullName!.Replace('+', '.')}.{property.Name}");

    private string Summary(string member) => _summaries.TryGetValue(member, out var summary)
        ? summary
        : throw new InvalidOperationException($"{member} has no doc comment.");

    private static string ToMarkdown(XElement summary)
    {
        var text = new StringBuilder();
        foreach (var node in summary.Nodes())
        {
            text.Append(node switch
            {
                XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
                XElement { Name.LocalName: "see" } see =>
                    $"`{(see.Attribute("langword") ?? see.Attribute("cref")!).Value.Split('.', ':')[^1]}`",
                XElement other => other.Value,
                _ => node.ToString(SaveOptions.DisableFormatting),
            });
        }

        var singleLine = WhiteSpace().Replace(text.ToString(), " ").Trim();
        return WebUtility.HtmlDecode(singleLine).Replace("|", "\\|", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();
}
