using System.Globalization;

namespace Shop.Tests.Integration;

/// <summary>A process and all that it has started: a project is run by <c>dotnet run</c>, and is the child of that.</summary>
internal static class ProcessTree
{
    public static IReadOnlyList<int> From(int root)
    {
        var children = Directory.GetDirectories("/proc")
            .Select(directory => int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0)
            .ToLookup(ParentOf);
        return [.. Walk(root)];

        IEnumerable<int> Walk(int id) => children[id].SelectMany(Walk).Append(id);
    }

    // "4321 (dotnet run) S 4300 ...": the name may hold anything, so from its last parenthesis on.
    private static int ParentOf(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0; // it has ended meanwhile
        }
    }
}
