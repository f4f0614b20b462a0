using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.RegularExpressions;
using Shop.Catalog.Products;
using Shop.Tests.Support;

namespace Shop.Tests.Unit.Validation;

/// <summary>
/// The regular expressions of the product. Those that match with backtracking repeat single characters only: a repeated group that
/// contains a repetition can be divided in exponentially many ways.
/// </summary>
public partial class PatternTests
{
    private const BindingFlags AllMembers =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly string[] _assemblies =
        ["Shop.AppHost", .. ApplicationProjects.Libraries, .. ApplicationProjects.Services];

    // Long runs of what patterns repeat, each with a character at the end that most of them reject.
    private static readonly string[] _worstInputs =
    [
        .. from unit in (string[])["a", "A", "0", "-", "_", " ", "\n", "\r\n", "\t", "a ", "line\r\n", "!", "é", "\u3000"]
           from end in (string[])["\f", "\0", "\u0001", "\n", " "]
           select string.Concat(Enumerable.Repeat(unit, 1000)) + end,
    ];

    public static TheoryData<string> Patterns => [.. FindPatterns().Distinct()];

    [Theory]
    [MemberData(nameof(Patterns))]
    public void No_pattern_that_backtracks_repeats_a_group(string pattern) =>
        Assert.DoesNotMatch(RepeatedGroupOrBackreference(), EscapesAndClasses().Replace(pattern, "x"));

    [Theory]
    [MemberData(nameof(Patterns))]
    public void No_input_makes_a_validation_time_out(string pattern)
    {
        var attribute = new RegularExpressionAttribute(pattern);

        // The attribute throws when it needs more than two seconds for one of them.
        Assert.All(_worstInputs, input => attribute.IsValid(input));
    }

    [Fact]
    public void Patterns_of_all_projects_are_found()
    {
        var patterns = FindPatterns().ToList();
        Assert.Contains(Product.MultilinePattern, patterns);
        Assert.True(patterns.Distinct().Count() >= 15, $"{patterns.Distinct().Count()} patterns");
    }

    [Fact]
    public void Source_code_creates_no_other_regular_expressions_that_backtrack()
    {
        var files = _assemblies.SelectMany(project =>
            Directory.EnumerateFiles(Path.Combine(Repository.Root, project), "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .ToList();
        Assert.NotEmpty(files);

        var creating = files.SelectMany(File.ReadLines)
            .Where(line => RegexCreation().IsMatch(line) && !line.Contains("NonBacktracking", StringComparison.Ordinal));
        Assert.Empty(creating);
    }

    [Theory]
    [InlineData("(a+)+$", false)]
    [InlineData("([ab]*|c)*", false)]
    [InlineData("(a{2,})", true)]
    [InlineData("[(+)*]+", true)]
    [InlineData(@"\(*x(a|b)", true)]
    public void A_repeated_group_is_recognized(string pattern, bool allowed) =>
        Assert.Equal(allowed, !RepeatedGroupOrBackreference().IsMatch(EscapesAndClasses().Replace(pattern, "x")));

    private static IEnumerable<string> FindPatterns()
    {
        foreach (var type in _assemblies.Select(Assembly.Load).SelectMany(assembly => assembly.GetTypes()))
        {
            var methods = type.GetMethods(AllMembers);
            var annotated = type.GetProperties(AllMembers).Cast<ICustomAttributeProvider>()
                .Concat(type.GetFields(AllMembers))
                .Concat(methods.Cast<MethodBase>().Concat(type.GetConstructors(AllMembers)).SelectMany(method => method.GetParameters()));
            foreach (var attribute in annotated.SelectMany(
                member => member.GetCustomAttributes(typeof(RegularExpressionAttribute), inherit: false)))
            {
                yield return ((RegularExpressionAttribute)attribute).Pattern;
            }

            foreach (var attribute in methods.SelectMany(method => method.GetCustomAttributes<GeneratedRegexAttribute>()))
            {
                if (!attribute.Options.HasFlag(RegexOptions.NonBacktracking))
                {
                    yield return attribute.Pattern;
                }
            }
        }
    }

    [GeneratedRegex(@"\\.|\[(?:\\.|[^\]\\])*\]")]
    private static partial Regex EscapesAndClasses();

    [GeneratedRegex(@"\)[*+{]|\\[1-9k]")]
    private static partial Regex RepeatedGroupOrBackreference();

    // A static method or a constructor with a pattern.
    [GeneratedRegex(@"\bnew Regex\(|\bRegex\.(IsMatch|Matche?s?|Replace|Split|Count|EnumerateMatches)\(|RegexOptions\.[A-Z].*new\(")]
    private static partial Regex RegexCreation();
}
