using System.Diagnostics.Tracing;
using System.Globalization;
using Microsoft.Diagnostics.NETCore.Client;
using Shop.Bench.Application;

namespace Shop.Bench.Soak;

/// <summary>Reads the memory of the services once a minute, after a full garbage collection.</summary>
internal sealed class MemorySampler(ShopApplication shop, string[] services) : IDisposable
{
    // dotnet_gc_last_collection_heap_size_bytes{...,gc_heap_generation="gen0"} 1234 1700000000000
    private const string HeapMetric = "dotnet_gc_last_collection_heap_size_bytes{";
    private const string CollectionsMetric = "dotnet_gc_collections_total{";
    private const string OldestGeneration = "\"gen2\"";

    // An EventPipe session with the keyword GCHeapCollect makes the runtime start a full collection. Without it a service runs one every
    // many minutes, and garbage in the oldest generation counts as heap until then.
    private static readonly EventPipeProvider _fullCollection = new("Microsoft-Windows-DotNETRuntime", EventLevel.Informational, 0x800000);
    private static readonly TimeSpan _pollInterval = TimeSpan.FromMilliseconds(500);

    private readonly HttpClient _http = new();
    private readonly Dictionary<string, int> _processes = services.ToDictionary(service => service, shop.GetServiceProcess);

    /// <summary>Returns one sample of each service, by name, for every minute.</summary>
    public async Task<List<Dictionary<string, MemorySample>>> SampleEveryMinuteAsync(int minutes, CancellationToken cancellationToken)
    {
        var samples = new List<Dictionary<string, MemorySample>>();
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(1));
        while (samples.Count < minutes && await timer.WaitForNextTickAsync(cancellationToken))
        {
            var sample = new Dictionary<string, MemorySample>();
            foreach (var service in services)
            {
                sample[service] = new MemorySample(await CollectAndReadHeapAsync(service, cancellationToken), ReadResident(service));
            }

            samples.Add(sample);
        }

        return samples;
    }

    public void Dispose() => _http.Dispose();

    private async Task<double> CollectAndReadHeapAsync(string service, CancellationToken cancellationToken)
    {
        var (_, collectionsBefore) = await ReadMetricsAsync(service, cancellationToken);
        using var session = new DiagnosticsClient(_processes[service])
            .StartEventPipeSession(_fullCollection, requestRundown: false, circularBufferMB: 1);
        while (true)
        {
            var (heap, collections) = await ReadMetricsAsync(service, cancellationToken);
            if (collections > collectionsBefore)
            {
                return heap;
            }

            await Task.Delay(_pollInterval, cancellationToken);
        }
    }

    private async Task<(double Heap, double FullCollections)> ReadMetricsAsync(string service, CancellationToken cancellationToken)
    {
        var address = shop.GetAddresses(service, "management")[0];
        var lines = (await _http.GetStringAsync($"{address}/metrics", cancellationToken)).Split('\n');
        return (Sum(HeapMetric, ""), Sum(CollectionsMetric, OldestGeneration));

        double Sum(string metric, string label)
        {
            var series = lines.Where(line =>
                line.StartsWith(metric, StringComparison.Ordinal) && line.Contains(label, StringComparison.Ordinal)).ToList();
            return series.Count > 0
                ? series.Sum(line => double.Parse(line[(line.LastIndexOf('}') + 2)..].Split(' ')[0], CultureInfo.InvariantCulture))
                : throw new InvalidOperationException($"Service '{service}' has no metric {metric}{label}.");
        }
    }

    // VmRSS:    123456 kB
    private double ReadResident(string service) => File.ReadLines($"/proc/{_processes[service]}/status")
        .Where(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
        .Sum(line => double.Parse(line["VmRSS:".Length..^"kB".Length], CultureInfo.InvariantCulture) * 1024);
}
