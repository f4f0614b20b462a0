using System.Text.RegularExpressions;
using Shop.Tests.Support;

namespace Shop.Tests.Unit.SupplyChain;

/// <summary>What CI runs is what was reviewed: a tag of an action can be moved, the hash of a commit cannot.</summary>
public sealed partial class WorkflowTests
{
    private static readonly string _workflows = Path.Combine(Repository.Root, ".github", "workflows");

    [Fact]
    public void Actions_are_pinned_by_commit()
    {
        var workflows = Directory.GetFiles(_workflows, "*.y*ml").Select(File.ReadAllText).ToList();
        Assert.NotEmpty(workflows.SelectMany(workflow => Uses().Matches(workflow)));

        Assert.Empty(workflows.SelectMany(FindUnpinned));
    }

    [Theory]
    [InlineData("uses: actions/checkout@v5")]
    [InlineData("uses: actions/checkout@main")]
    [InlineData("uses: actions/checkout@08c6903")]
    [InlineData("uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8")]
    [InlineData("uses: docker://alpine:3")]
    public void Action_without_a_commit_and_its_version_is_found(string step) => Assert.Single(FindUnpinned($"      - {step}\n"));

    [Fact]
    public void Workflow_has_no_permission_but_to_read_the_repository() => Assert.All(
        Directory.GetFiles(_workflows, "*.y*ml").Select(File.ReadAllText),
        workflow => Assert.Equal(["contents: read"], Permission().Matches(workflow).Select(match => match.Groups[1].Value)));

    private static IEnumerable<string> FindUnpinned(string workflow) =>
        Uses().Matches(workflow).Select(match => match.Groups[1].Value).Where(use => !Pinned().IsMatch(use));

    [GeneratedRegex(@"\buses: *(.+)")]
    private static partial Regex Uses();

    // Dependabot raises the hash and the version in the comment together.
    [GeneratedRegex("^[A-Za-z0-9._/-]+@[0-9a-f]{40} # v[0-9.]+$")]
    private static partial Regex Pinned();

    [GeneratedRegex(@"^permissions:\n  (.+)\n", RegexOptions.Multiline)]
    private static partial Regex Permission();
}
