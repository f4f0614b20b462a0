using System.Globalization;

namespace Shop.Tests.Integration;

/// <summary>A process and its descendants. A project resource is a child of the <c>dotnet run</c> process that Aspire starts.</summary>
internal static class ProcessTree
{
    /// <summary>Returns the ids of a process and its descendants, children before parents.</summary>
    public static IReadOnlyList<int> From(int root)
    {
        var children = Directory.GetDirectories("/proc")
            .Select(directory => int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0)
            .ToLookup(GetParent);
        return [.. Walk(root)];

        IEnumerable<int> Walk(int id) => children[id].SelectMany(Walk).Append(id);
    }

    // 4321 (dotnet run) S 4300 ...
    // The name in parentheses can contain any character, so parsing starts after the last parenthesis.
    private static int GetParent(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0; // The process has exited.
        }
    }
}
