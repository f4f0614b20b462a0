using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using Shop.Telemetry.Journeys;

namespace Shop.Bench.Logs;

/// <summary>
/// One process under log load. It has one worker per processor; each worker simulates requests with ten log records. One request in a
/// hundred is on a critical route, one in a thousand logs an error. Traces are not recorded, so that only logging is measured.
/// </summary>
internal static class LogWorkload
{
    private const int RecordsPerRequest = 10;
    private const int RequestCount = 4096;
    private const int CriticalRequestInterval = 100;
    private const int ErrorInterval = 1000;

    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(3);

    public static void Run(Arguments arguments)
    {
        using var console = new LatencyMeasuringStream(Console.OpenStandardOutput());
        var configuration = arguments.GetString("configuration", LoggingConfigurations.AdaptiveSampling);
        var otlp = arguments.GetString("otlp", "");
        using var host = LoggingConfigurations.Build(console, configuration, otlp.Length > 0 ? otlp : null);
        var logger = host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Shop.Cart.Carts.CartStore");
        var workers = Enumerable.Range(0, Environment.ProcessorCount)
            .Select(number => new Worker(logger, number, arguments.GetInt32("rate", 0) / Environment.ProcessorCount)).ToArray();

        // The warm-up also lets the sampling probability adapt to the throughput.
        var threads = workers.Select(worker => new Thread(worker.Run)).ToArray();
        foreach (var thread in threads)
        {
            thread.Start();
        }

        Thread.Sleep(_warmUp);

        console.StartMeasuring();
        var emittedBefore = Count(workers).Emitted;
        var cpuBefore = Process.GetCurrentProcess().TotalProcessorTime;
        var allocatedBefore = GC.GetTotalAllocatedBytes();
        var stopwatch = Stopwatch.StartNew();
        Thread.Sleep(TimeSpan.FromSeconds(arguments.GetInt32("seconds", 8)));
        var seconds = stopwatch.Elapsed.TotalSeconds;
        var emitted = Count(workers).Emitted - emittedBefore;
        var cpu = Process.GetCurrentProcess().TotalProcessorTime - cpuBefore;
        var allocated = GC.GetTotalAllocatedBytes() - allocatedBefore;
        foreach (var worker in workers)
        {
            worker.Stop();
        }

        foreach (var thread in threads)
        {
            thread.Join();
        }

        var totals = Count(workers);
        host.Dispose();

        var result = new LogRunResult(
            EventsPerSecond: emitted / seconds,
            Cpu: cpu.TotalSeconds / seconds / Environment.ProcessorCount,
            WriteLatencyP99: Quantile(console.GetSortedLatencies(), 0.99),
            CallP99: Quantile([.. workers.SelectMany(worker => worker.CallDurations).Order()], 0.99),
            BytesPerEvent: allocated / (double)Math.Max(1, emitted),
            Emitted: totals.Emitted,
            EmittedOnCriticalRoutes: totals.OnCriticalRoutes,
            EmittedErrors: totals.Errors,
            Written: console.Written,
            WrittenOnCriticalRoutes: console.WrittenOnCriticalRoutes,
            WrittenErrors: console.WrittenErrors);
        File.WriteAllText(arguments.GetString("result", "result.json"), JsonSerializer.Serialize(result));
    }

    private static (long Emitted, long OnCriticalRoutes, long Errors) Count(Worker[] workers) => (
        workers.Sum(worker => Volatile.Read(ref worker.Emitted)),
        workers.Sum(worker => Volatile.Read(ref worker.EmittedOnCriticalRoutes)),
        workers.Sum(worker => Volatile.Read(ref worker.EmittedErrors)));

    private static double Quantile(double[] sorted, double quantile) =>
        sorted.Length == 0 ? 0 : sorted[(int)(sorted.Length * quantile)];

    private sealed class Worker(ILogger logger, int number, int recordsPerSecond)
    {
        private readonly List<double> _callDurations = new(1 << 20);
        private volatile bool _stopped;

        public long Emitted;
        public long EmittedOnCriticalRoutes;
        public long EmittedErrors;

        /// <summary>Durations of the measured log calls, in milliseconds.</summary>
        public IReadOnlyList<double> CallDurations => _callDurations;

        public void Stop() => _stopped = true;

        public void Run()
        {
            var requests = Enumerable.Range(0, RequestCount)
                .Select(request => new Request(isCritical: request % CriticalRequestInterval == 0)).ToArray();
            var carts = Enumerable.Range(0, 100).Select(cart => $"cart-{cart}").ToArray();
            var orderId = Guid.NewGuid();
            // By the id of a record its destination finds the time of the log call. Ids of critical routes are odd.
            var nextId = ((long)number + 1) << 56;
            var started = Stopwatch.GetTimestamp();
            for (var iteration = 0L; !_stopped; iteration++)
            {
                var request = requests[iteration % RequestCount];
                request.Enter();
                var cartId = carts[iteration % carts.Length];
                for (var i = 0; i < RecordsPerRequest; i++)
                {
                    nextId += 2;
                    var recordId = request.IsCritical ? nextId | 1 : nextId;
                    if (LatencyMeasuringStream.IsMeasured(recordId))
                    {
                        var before = Stopwatch.GetTimestamp();
                        LatencyMeasuringStream.RecordCall(recordId, before);
                        Emit(request, cartId, i, orderId, recordId);
                        if (_callDurations.Count < _callDurations.Capacity)
                        {
                            _callDurations.Add(Stopwatch.GetElapsedTime(before).TotalMilliseconds);
                        }
                    }
                    else
                    {
                        Emit(request, cartId, i, orderId, recordId);
                    }
                }

                if (iteration % ErrorInterval == 0)
                {
                    logger.CartReadFailed(cartId, 0);
                    EmittedErrors++;
                    Volatile.Write(ref Emitted, Emitted + 1);
                }

                Volatile.Write(ref Emitted, Emitted + RecordsPerRequest);
                if (request.IsCritical)
                {
                    EmittedOnCriticalRoutes += RecordsPerRequest;
                }

                if (recordsPerSecond > 0)
                {
                    Pace(started);
                }
            }
        }

        private void Emit(Request request, string cartId, int quantity, Guid orderId, long recordId)
        {
            if (request.IsCritical)
            {
                logger.CriticalCartLineChanged(cartId, "BAG-0101", quantity, orderId, recordId);
            }
            else
            {
                logger.CartLineChanged(cartId, "BAG-0101", quantity, orderId, recordId);
            }
        }

        // Requests arrive in batches of one millisecond.
        private void Pace(long started)
        {
            while (!_stopped && Emitted > Stopwatch.GetElapsedTime(started).TotalSeconds * recordsPerSecond)
            {
                Thread.Sleep(1);
            }
        }
    }

    private sealed class Request
    {
        private readonly Activity _activity;
        private readonly Baggage _baggage;

        public Request(bool isCritical)
        {
            IsCritical = isCritical;
            _activity = new Activity("request")
                .SetParentId(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.None)
                .Start();
            _baggage = default(Baggage)
                .SetBaggage(JourneyKeys.SessionId, Guid.NewGuid().ToString("n"))
                .SetBaggage(JourneyKeys.JourneyId, Guid.NewGuid().ToString("n"))
                .SetBaggage(JourneyKeys.RequestId, Guid.NewGuid().ToString("n"));
            if (isCritical)
            {
                _baggage = _baggage.SetBaggage(JourneyKeys.CriticalRoute, "payment");
            }
        }

        public bool IsCritical { get; }

        /// <summary>Makes this request the current one of the thread.</summary>
        public void Enter()
        {
            Activity.Current = _activity;
            Baggage.Current = _baggage;
        }
    }
}
