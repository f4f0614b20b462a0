namespace Shop.Tests.Unit.Architecture;

/// <summary>A namespace of a library can be read, tested and removed without those that depend on it.</summary>
public class NamespaceCycleTests
{
    [Theory]
    [InlineData("Shop.Telemetry")]
    [InlineData("Shop.Web")]
    [InlineData("Shop.Messaging")]
    [InlineData("Shop.Data")]
    public void Namespaces_of_a_library_do_not_depend_on_each_other_in_a_cycle(string project)
    {
        var cycle = FindCycle(NamespaceDependency.Find(project));

        Assert.True(cycle is null, cycle);
    }

    [Fact]
    public void Dependencies_of_a_library_are_found() => Assert.NotEmpty(NamespaceDependency.Find("Shop.Telemetry"));

    [Fact]
    public void Namespace_cycle_is_described_with_the_cause_of_each_dependency()
    {
        NamespaceDependency[] dependencies = [new("A", "B", "a.cs"), new("B", "C", "b.cs"), new("C", "A", "c.cs"), new("C", "D", "c.cs")];

        Assert.Equal("A -> B (a.cs), B -> C (b.cs), C -> A (c.cs)", FindCycle(dependencies));
        Assert.Null(FindCycle(dependencies.Where(dependency => dependency.To != "A")));
    }

    /// <summary>Returns the shortest cycle, or null.</summary>
    private static string? FindCycle(IEnumerable<NamespaceDependency> dependencies)
    {
        var bySource = dependencies.ToLookup(dependency => dependency.From);
        var cycles = bySource.Select(source => FindPath(bySource, source.Key, source.Key)).OfType<IReadOnlyList<NamespaceDependency>>();
        return cycles.MinBy(cycle => cycle.Count) is { } shortest ? string.Join(", ", shortest) : null;
    }

    // A breadth-first search.
    private static IReadOnlyList<NamespaceDependency>? FindPath(ILookup<string, NamespaceDependency> bySource, string from, string to)
    {
        var visited = new HashSet<string>();
        var paths = new Queue<IReadOnlyList<NamespaceDependency>>(bySource[from].Select(first => (NamespaceDependency[])[first]));
        while (paths.TryDequeue(out var path))
        {
            if (path[^1].To == to)
            {
                return path;
            }

            if (visited.Add(path[^1].To))
            {
                foreach (var next in bySource[path[^1].To])
                {
                    paths.Enqueue([.. path, next]);
                }
            }
        }

        return null;
    }
}
