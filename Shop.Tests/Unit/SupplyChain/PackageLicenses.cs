using System.Xml.Linq;

namespace Shop.Tests.Unit.SupplyChain;

/// <summary>The licenses that packages may have (docs/supply-chain.md).</summary>
internal static class PackageLicenses
{
    // Of each, everybody may use, change and sell a program that contains the package, in closed source too.
    private static readonly HashSet<string> _allowed = ["MIT", "Apache-2.0", "BSD-3-Clause", "PostgreSQL"];

    // Packages that name their license in another form. The text was read.
    private static readonly Dictionary<string, string> _read = new(StringComparer.OrdinalIgnoreCase)
    {
        ["CommandLineParser"] = "MIT",
        ["Fractions"] = "BSD-2-Clause",
        ["Microsoft.DotNet.PlatformAbstractions"] = "MIT",
        ["Mono.Cecil"] = "MIT",
        ["NetArchTest.Rules"] = "MIT",
        ["xunit.abstractions"] = "Apache-2.0",
    };

    // In no image. Who changes its files publishes the changes.
    private static readonly HashSet<string> _testsOnly = new(StringComparer.OrdinalIgnoreCase) { "Deque.AxeCore.Commons" };

    /// <summary>Returns what is wrong with the license of a package; <see langword="null"/> if it is allowed.</summary>
    /// <param name="nuspec">The file of the package that names its license.</param>
    /// <param name="isShipped">Whether the package is in an image.</param>
    public static string? GetViolation(XDocument nuspec, bool isShipped)
    {
        var metadata = nuspec.Root!.Elements().Single(element => element.Name.LocalName == "metadata");
        var (id, license) = (Get("id")!.Value, Get("license"));
        if (_read.ContainsKey(id) || (!isShipped && _testsOnly.Contains(id)))
        {
            return null;
        }

        return license?.Attribute("type")?.Value == "expression"
            ? IsAllowed(license.Value) ? null : $"{id}: {license.Value}"
            : $"{id}: {license?.Value ?? Get("licenseUrl")?.Value ?? "no license"}";

        XElement? Get(string name) => metadata.Elements().SingleOrDefault(element => element.Name.LocalName == name);
    }

    // Of licenses joined by OR, one is enough. No package has parentheses.
    private static bool IsAllowed(string expression) =>
        expression.Split(" OR ").Any(choice => choice.Split(" AND ").All(_allowed.Contains));
}
