using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using Shop.Telemetry.Journeys;

namespace Shop.Bench.Logs;

/// <summary>
/// One process under load: as many workers as processors, each carrying out requests of ten lines. One request in a hundred is on a
/// key path, one in a thousand fails. Their traces are not recorded, so nothing but the log is measured.
/// </summary>
internal static class LogNode
{
    private const int LinesOfRequest = 10;
    private const int Requests = 4096;
    private const int KeyEvery = 100;
    private const int FailEvery = 1000;

    public static void Run(Arguments arguments)
    {
        using var console = new MeasuringStream(Console.OpenStandardOutput());
        using var host = Setups.Build(console, arguments.Text("setup", Setups.Dynamic), arguments.Text("otlp", "") is { Length: > 0 } otlp ? otlp : null);
        var log = host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Shop.Cart.Carts.CartStore");
        var workers = Enumerable.Range(0, Environment.ProcessorCount).Select(number => new Worker(log, number, arguments.Number("rate", 0) / Environment.ProcessorCount)).ToArray();

        // Warm up, also the rate that follows throughput; then count.
        var threads = workers.Select(worker => new Thread(worker.Work)).ToArray();
        foreach (var thread in threads)
            thread.Start();
        Thread.Sleep(TimeSpan.FromSeconds(3));

        console.Begin();
        var (written, key, failed) = Sum(workers);
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        var allocated = GC.GetTotalAllocatedBytes();
        var since = Stopwatch.StartNew();
        Thread.Sleep(TimeSpan.FromSeconds(arguments.Number("seconds", 8)));
        var seconds = since.Elapsed.TotalSeconds;
        var (writtenAfter, keyAfter, failedAfter) = Sum(workers);
        var cpuAfter = Process.GetCurrentProcess().TotalProcessorTime;
        var allocatedAfter = GC.GetTotalAllocatedBytes();
        foreach (var worker in workers)
            worker.Stop();
        foreach (var thread in threads)
            thread.Join();
        var pending = Sum(workers);
        host.Dispose();

        var latencies = console.Latencies();
        File.WriteAllText(arguments.Text("result", "result.json"), JsonSerializer.Serialize(new NodeResult(
            EventsPerSecond: (writtenAfter - written) / seconds,
            Cpu: (cpuAfter - cpu).TotalSeconds / seconds / Environment.ProcessorCount,
            WrittenP50: Quantile(latencies, 0.5),
            WrittenP99: Quantile(latencies, 0.99),
            CallP99: Quantile([.. workers.SelectMany(worker => worker.Calls).Order()], 0.99),
            BytesPerEvent: (allocatedAfter - allocated) / (double)Math.Max(1, writtenAfter - written),
            Offered: pending.Written,
            OfferedOnKeyPaths: pending.Key,
            OfferedErrors: pending.Failed,
            Written: console.Written,
            WrittenOnKeyPaths: console.WrittenOnKeyPaths,
            WrittenErrors: console.WrittenErrors)));
    }

    private static (long Written, long Key, long Failed) Sum(Worker[] workers) =>
        (workers.Sum(worker => Volatile.Read(ref worker.Written)), workers.Sum(worker => Volatile.Read(ref worker.WrittenOnKeyPaths)), workers.Sum(worker => Volatile.Read(ref worker.Errors)));

    private static double Quantile(double[] sorted, double quantile) => sorted.Length == 0 ? 0 : sorted[(int)(sorted.Length * quantile)];

    private sealed class Worker(ILogger log, int number, int linesPerSecond)
    {
        private readonly List<double> _calls = new(1 << 20);
        private volatile bool _stopped;

        public long Written;
        public long WrittenOnKeyPaths;
        public long Errors;

        public IReadOnlyList<double> Calls => _calls;

        public void Stop() => _stopped = true;

        public void Work()
        {
            var requests = Enumerable.Range(0, Requests).Select(request => new Request(request % KeyEvery == 0)).ToArray();
            var carts = Enumerable.Range(0, 100).Select(cart => $"cart-{cart}").ToArray();
            var order = Guid.NewGuid();
            // Lines have numbers, so that the writer knows when each was called for. Those of key paths are odd.
            var line = ((long)number + 1) << 56;
            var since = Stopwatch.GetTimestamp();
            for (var turn = 0L; !_stopped; turn++)
            {
                var request = requests[turn % Requests];
                request.Enter();
                var cart = carts[turn % carts.Length];
                for (var i = 0; i < LinesOfRequest; i++)
                {
                    line += 2;
                    var tag = request.IsKey ? line | 1 : line;
                    if (MeasuringStream.IsMeasured(tag))
                    {
                        var before = Stopwatch.GetTimestamp();
                        MeasuringStream.Called(tag, before);
                        Say(request, cart, i, order, tag);
                        if (_calls.Count < _calls.Capacity)
                            _calls.Add(Stopwatch.GetElapsedTime(before).TotalMilliseconds);
                    }
                    else
                    {
                        Say(request, cart, i, order, tag);
                    }
                }

                if (turn % FailEvery == 0)
                {
                    log.Failed(cart, 0);
                    Errors++;
                    Volatile.Write(ref Written, Written + 1);
                }

                Volatile.Write(ref Written, Written + LinesOfRequest);
                if (request.IsKey)
                    WrittenOnKeyPaths += LinesOfRequest;
                if (linesPerSecond > 0)
                    Pace(since);
            }
        }

        private void Say(Request request, string cart, int quantity, Guid order, long line)
        {
            if (request.IsKey)
                log.KeyLine(cart, "BAG-0101", quantity, order, line);
            else
                log.Line(cart, "BAG-0101", quantity, order, line);
        }

        // As requests come in, a millisecond's worth at a time.
        private void Pace(long since)
        {
            while (!_stopped && Written > Stopwatch.GetElapsedTime(since).TotalSeconds * linesPerSecond)
                Thread.Sleep(1);
        }
    }

    private sealed class Request
    {
        private readonly Activity _activity;
        private readonly Baggage _baggage;

        public Request(bool isKey)
        {
            IsKey = isKey;
            _activity = new Activity("request").SetParentId(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.None).Start();
            _baggage = default(Baggage)
                .SetBaggage(JourneyKeys.SessionId, Guid.NewGuid().ToString("n"))
                .SetBaggage(JourneyKeys.JourneyId, Guid.NewGuid().ToString("n"))
                .SetBaggage(JourneyKeys.RequestId, Guid.NewGuid().ToString("n"));
            if (isKey)
                _baggage = _baggage.SetBaggage(JourneyKeys.CriticalRoute, "payment");
        }

        public bool IsKey { get; }

        public void Enter()
        {
            Activity.Current = _activity;
            Baggage.Current = _baggage;
        }
    }
}

/// <summary>
/// What a node did. EventsPerSecond: log calls that it was done with. Cpu: of all processors, 0 to 1. WrittenP50, WrittenP99:
/// milliseconds from the call to the line's being written, of lines that were. CallP99: milliseconds that a log call took, whatever
/// became of its line. The rest are lines from the start of the node to its end.
/// </summary>
internal sealed record NodeResult(
    double EventsPerSecond, double Cpu, double WrittenP50, double WrittenP99, double CallP99, double BytesPerEvent,
    long Offered, long OfferedOnKeyPaths, long OfferedErrors, long Written, long WrittenOnKeyPaths, long WrittenErrors);
