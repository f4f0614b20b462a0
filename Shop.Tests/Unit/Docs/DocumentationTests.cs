using System.Reflection;
using System.Text.RegularExpressions;
using Shop.Tests.Support;

namespace Shop.Tests.Unit.Docs;

/// <summary>The pages in docs/, and those of the root and the projects, name the tests that verify what they claim.</summary>
public partial class DocumentationTests
{
    [Fact]
    public void Tests_named_in_the_docs_exist()
    {
        var tests =
            from type in typeof(DocumentationTests).Assembly.GetTypes()
            from method in type.GetMethods()
            where method.GetCustomAttribute<FactAttribute>() is not null
            from name in (string[])[method.Name, type.Name, $"{type.Name}.{method.Name}"]
            select name;

        var named =
        (
            from page in GetPages()
            from match in TestName().Matches(File.ReadAllText(page))
            select (Page: Path.GetRelativePath(Repository.Root, page).Replace('\\', '/'), Test: match.Groups[1].Value)
        ).ToList();

        Assert.Superset(
            new HashSet<string> { "CONTRIBUTING.md", "Shop.Messaging/README.md", "docs/consistency.md", "docs/personal-data.md" },
            named.Select(name => name.Page).ToHashSet());
        Assert.Empty(named.ExceptBy(tests, name => name.Test));
    }

    private static IEnumerable<string> GetPages() =>
    [
        .. Directory.GetFiles(Repository.Root, "*.md"),
        .. Directory.GetDirectories(Repository.Root, "Shop.*").SelectMany(project => Directory.GetFiles(project, "README.md")),
        .. Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories),
    ];

    // `Name_of_a_test`, `SomeTests` or `SomeTests.Name_of_a_test`
    [GeneratedRegex(@"`([A-Z]\w*Tests(?:\.\w+)?|[A-Z]\w*?_[a-z]\w*)`")]
    private static partial Regex TestName();
}
