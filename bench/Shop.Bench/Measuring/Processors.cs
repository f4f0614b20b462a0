using System.Globalization;

namespace Shop.Bench.Measuring;

/// <summary>How busy the machine's processors were, and with what, between two moments.</summary>
internal sealed class Processors(IReadOnlyDictionary<int, string> processes)
{
    private const double TicksPerSecond = 100; // what Linux tells /proc in, whatever the kernel's own tick
    private const string Others = "others";

    private readonly Dictionary<string, double> _before = Read(processes);

    /// <summary>Processor seconds since the construction, of each process with its children, the greatest first; "others" is the rest of the machine.</summary>
    public IReadOnlyList<(string Name, double Seconds)> Used() =>
        [.. Read(processes).Select(now => (now.Key, now.Value - _before.GetValueOrDefault(now.Key))).OrderByDescending(each => each.Item2)];

    private static Dictionary<string, double> Read(IReadOnlyDictionary<int, string> processes)
    {
        var all = Directory.GetDirectories("/proc").Select(Path.GetFileName)
            .Select(name => int.TryParse(name, CultureInfo.InvariantCulture, out var id) ? StatOf(id) : null)
            .OfType<Stat>().ToDictionary(stat => stat.Id);
        var used = processes.Values.Distinct().ToDictionary(name => name, _ => 0.0);
        foreach (var stat in all.Values)
        {
            for (Stat? owner = stat; owner is not null; owner = all.GetValueOrDefault(owner.Parent))
            {
                if (!processes.TryGetValue(owner.Id, out var name))
                    continue;
                used[name] += stat.Seconds;
                break;
            }
        }

        used[Others] = Busy() - used.Values.Sum();
        return used;
    }

    // "4321 (dotnet run) S 4300 ...": the name may hold anything, so from its last parenthesis on.
    private static Stat? StatOf(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            // utime and stime, and those of the children that have ended
            return new Stat(id, int.Parse(fields[1], CultureInfo.InvariantCulture), fields[11..15].Sum(Number) / TicksPerSecond);
        }
        catch (IOException)
        {
            return null; // it has ended meanwhile
        }
    }

    // cpu  user nice system idle iowait irq softirq ...
    private static double Busy()
    {
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return (fields[1..4].Sum(Number) + fields[6..8].Sum(Number)) / TicksPerSecond;
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private sealed record Stat(int Id, int Parent, double Seconds);
}
