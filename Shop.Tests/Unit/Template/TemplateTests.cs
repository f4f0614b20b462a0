using System.Text.Json;
using System.Text.RegularExpressions;
using Shop.Tests.Support;

namespace Shop.Tests.Unit.Template;

/// <summary>
/// What .template.config/template.json says of the repository. <c>.ci/check-template</c> creates applications and checks them.
/// </summary>
public partial class TemplateTests
{
    private static readonly JsonDocument _template = JsonDocument.Parse(
        File.ReadAllText(Path.Combine(Repository.Root, ".template.config", "template.json")),
        new() { CommentHandling = JsonCommentHandling.Skip });

    // Not in a checkout, or of every directory.
    private static readonly string[] _generated = ["**/", ".git", ".vs/", ".idea/", "artifacts/"];

    [Fact]
    public void Paths_that_the_template_includes_excludes_and_renames_exist()
    {
        var paths = _template.RootElement.GetProperty("sources").EnumerateArray().SelectMany(GetPaths)
            .Where(path => !_generated.Any(start => path.StartsWith(start, StringComparison.Ordinal)))
            .ToList();

        Assert.Contains("Shop.Insights/**", paths);
        Assert.All(paths, path => Assert.True(Path.Exists(Path.Combine(Repository.Root, Wildcard().Replace(path, ""))), path));
    }

    [Theory]
    [InlineData("Shop.Storefront", "storefront")]
    [InlineData("Shop.Insights", "withInsights")]
    [InlineData("Shop.Bench", "withBench")]
    [InlineData("Shop.Visitors", "withBench")]
    public void Optional_project_is_conditional_wherever_a_project_file_or_the_solution_names_it(string project, string condition)
    {
        var files = Directory.GetFiles(Repository.Root, "Shop.*.csproj", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(Repository.Root, file).StartsWith("bench", StringComparison.Ordinal))
            .Append(Path.Combine(Repository.Root, "Shop.sln"));
        var named = 0;

        foreach (var file in files)
        {
            var open = new Stack<string>();
            foreach (var line in File.ReadLines(file))
            {
                if (Condition().Match(line) is { Success: true } begin)
                {
                    open.Push(begin.Groups[1].Value);
                }
                else if (line.Contains("#endif", StringComparison.Ordinal))
                {
                    open.Pop();
                }
                else if (line.Contains(project, StringComparison.Ordinal))
                {
                    Assert.True(open.Contains(condition), $"{Path.GetFileName(file)}: {line.Trim()}");
                    named++;
                }
            }

            Assert.Empty(open);
        }

        Assert.NotEqual(0, named);
    }

    [Fact]
    public void Every_project_of_the_solution_has_its_guid_replaced()
    {
        var guids = _template.RootElement.GetProperty("guids").EnumerateArray().Select(guid => guid.GetString());
        var projects = ProjectGuid().Matches(File.ReadAllText(Path.Combine(Repository.Root, "Shop.sln")))
            .Select(match => match.Groups[1].Value)
            .ToList();

        Assert.NotEmpty(projects);
        Assert.Empty(projects.Except(guids));
    }

    // Paths of a source are relative to the root, or to the directory of the source.
    private static IEnumerable<string> GetPaths(JsonElement source)
    {
        var directory = source.TryGetProperty("source", out var path) ? path.GetString()!["./".Length..] : "";
        return
        [
            directory + "**",
            .. from part in GetParts(source)
               from name in (string[])["include", "exclude", "copyOnly"]
               where part.TryGetProperty(name, out _)
               from pattern in part.GetProperty(name).EnumerateArray().Select(value => value.GetString()!)
               select pattern.StartsWith("**", StringComparison.Ordinal) ? pattern : directory + pattern,
        ];
    }

    private static IEnumerable<JsonElement> GetParts(JsonElement source) =>
        source.TryGetProperty("modifiers", out var modifiers) ? [source, .. modifiers.EnumerateArray()] : [source];

    [GeneratedRegex(@"\*.*$")]
    private static partial Regex Wildcard();

    [GeneratedRegex(@"#if \((\w+)\)")]
    private static partial Regex Condition();

    [GeneratedRegex("""^Project\(.*"\{([0-9A-F-]+)\}"\r?$""", RegexOptions.Multiline)]
    private static partial Regex ProjectGuid();
}
