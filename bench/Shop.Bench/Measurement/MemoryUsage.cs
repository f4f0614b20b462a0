using System.Globalization;

namespace Shop.Bench.Measurement;

/// <summary>Reads the memory of named processes.</summary>
internal static class MemoryUsage
{
    /// <summary>
    /// Returns the proportional set size of each process and its children, in MiB: a page that n processes share counts as 1/n of a page.
    /// </summary>
    public static IReadOnlyDictionary<string, double> Read(IReadOnlyDictionary<int, string> processes) =>
        CpuUsage.GetNames(processes).GroupBy(process => process.Value, process => process.Key)
            .ToDictionary(process => process.Key, process => process.Sum(ReadProportionalSetSize));

    // Pss:              123456 kB
    private static double ReadProportionalSetSize(int id)
    {
        try
        {
            var line = File.ReadLines($"/proc/{id}/smaps_rollup").First(line => line.StartsWith("Pss:", StringComparison.Ordinal));
            return double.Parse(line["Pss:".Length..^"kB".Length], CultureInfo.InvariantCulture) / 1024;
        }
        catch (IOException)
        {
            return 0; // the process has ended
        }
    }
}
