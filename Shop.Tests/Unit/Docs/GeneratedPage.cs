using Shop.Tests.Support;

namespace Shop.Tests.Unit.Docs;

/// <summary>A page in docs/ that is generated from code. <c>UPDATE_DOCS=1</c> writes it.</summary>
internal static class GeneratedPage
{
    public static void Verify(string name, string expected)
    {
        var path = Path.Combine(Repository.Root, "docs", name);
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
        {
            File.WriteAllText(path, expected);
        }

        Assert.True(File.Exists(path) && File.ReadAllText(path) == expected,
            $"docs/{name} differs from the code that it is generated from. Generate it again with UPDATE_DOCS=1 ./test fast, and commit it.");
    }
}
