using System.Globalization;

namespace Shop.Bench.Measurement;

/// <summary>Measures the processor time of named processes since the construction of the instance.</summary>
internal sealed class CpuUsage(IReadOnlyDictionary<int, string> processes)
{
    // USER_HZ: the unit of the times in /proc, whatever the tick rate of the kernel.
    private const double TicksPerSecond = 100;
    private const string Others = "others";

    private readonly Dictionary<string, double> _before = Read(processes);

    /// <summary>
    /// Returns the processor time of each process and its children, the highest first; "others" is the rest of the machine.
    /// </summary>
    public IReadOnlyList<CpuTime> GetUsed() =>
    [
        .. Read(processes)
            .Select(now => new CpuTime(now.Key, now.Value - _before.GetValueOrDefault(now.Key)))
            .OrderByDescending(process => process.Seconds),
    ];

    /// <summary>Returns the ids of processes with their children, and the children of those.</summary>
    public static IReadOnlyList<int> GetTree(IEnumerable<int> roots)
    {
        var ids = roots.ToHashSet();
        var all = ReadAll();
        return
        [
            .. all.Values.Where(stat =>
            {
                for (Stat? owner = stat; owner is not null; owner = all.GetValueOrDefault(owner.ParentId))
                {
                    if (ids.Contains(owner.Id))
                    {
                        return true;
                    }
                }

                return false;
            }).Select(stat => stat.Id),
        ];
    }

    /// <summary>Returns the ids of named processes and their children, with the name of the nearest named ancestor.</summary>
    public static IReadOnlyDictionary<int, string> GetNames(IReadOnlyDictionary<int, string> processes) =>
        FindOwners(processes).ToDictionary(process => process.Stat.Id, process => process.Name);

    private static Dictionary<string, double> Read(IReadOnlyDictionary<int, string> processes)
    {
        var used = processes.Values.Distinct().ToDictionary(name => name, _ => 0.0);
        foreach (var (stat, name) in FindOwners(processes))
        {
            used[name] += stat.Seconds;
        }

        used[Others] = ReadBusySeconds() - used.Values.Sum();
        return used;
    }

    private static IEnumerable<(Stat Stat, string Name)> FindOwners(IReadOnlyDictionary<int, string> processes)
    {
        var all = ReadAll();
        foreach (var stat in all.Values)
        {
            for (Stat? owner = stat; owner is not null; owner = all.GetValueOrDefault(owner.ParentId))
            {
                if (processes.TryGetValue(owner.Id, out var name))
                {
                    yield return (stat, name);
                    break;
                }
            }
        }
    }

    private static Dictionary<int, Stat> ReadAll() => Directory.GetDirectories("/proc").Select(Path.GetFileName)
        .Select(name => int.TryParse(name, CultureInfo.InvariantCulture, out var id) ? ReadStat(id) : null)
        .OfType<Stat>().ToDictionary(stat => stat.Id);

    // "4321 (dotnet run) S 4300 ...": the name may contain any character, so the fields are counted from its last parenthesis.
    private static Stat? ReadStat(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            // utime, stime, and cutime, cstime of the children that have ended
            return new Stat(id, int.Parse(fields[1], CultureInfo.InvariantCulture), fields[11..15].Sum(ParseTicks) / TicksPerSecond);
        }
        catch (IOException)
        {
            return null; // the process has ended
        }
    }

    // cpu  user nice system idle iowait irq softirq ...
    private static double ReadBusySeconds()
    {
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return (fields[1..4].Sum(ParseTicks) + fields[6..8].Sum(ParseTicks)) / TicksPerSecond;
    }

    private static double ParseTicks(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private sealed record Stat(int Id, int ParentId, double Seconds);
}
