using System.Reflection;
using System.Text.RegularExpressions;
using Shop.Tests.Unit.ServiceDefaults.Support;

namespace Shop.Tests.Unit;

/// <summary>Pages name the tests that hold what they claim.</summary>
public partial class PromiseTests
{
    [Theory]
    [InlineData("consistency.md")]
    [InlineData("personal-data.md")]
    public void Every_test_that_a_page_names_is_there(string page)
    {
        var tests = typeof(PromiseTests).Assembly.GetTypes().SelectMany(type => type.GetMethods())
            .Where(method => method.GetCustomAttribute<FactAttribute>() is not null).Select(method => method.Name).ToHashSet();
        var named = TestName().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", page))).Select(match => match.Groups[1].Value).ToList();

        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.Contains(name, tests));
    }

    // `A_sentence_with_underscores`
    [GeneratedRegex("`([A-Z][A-Za-z]*(?:_[A-Za-z0-9]+){3,})`")]
    private static partial Regex TestName();
}
