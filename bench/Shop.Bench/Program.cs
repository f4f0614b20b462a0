using System.Runtime.InteropServices;
using Shop.Bench;
using Shop.Bench.Canary;
using Shop.Bench.Events;
//#if (withInsights)
using Shop.Bench.Insights;
//#endif
using Shop.Bench.Load;
using Shop.Bench.Logs;
using Shop.Bench.Micro;
using Shop.Bench.Rest;
using Shop.Bench.Signals;
using Shop.Bench.Soak;
using Shop.Bench.Storefront;

// bench/run starts this program; log-workload, baseline-api and otlp-sink are child processes that the benchmarks start.
var arguments = Arguments.Parse(args);
using var cancellation = new CancellationTokenSource();
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
try
{
    switch (args.FirstOrDefault())
    {
        case "logs":
            await LogBench.RunAsync(arguments, cancellation.Token);
            break;
        case "log-workload":
            LogWorkload.Run(arguments);
            break;
        case "micro":
            MicroBench.Run(arguments);
            break;
        case "events":
            await EventBench.RunAsync(arguments, cancellation.Token);
            break;
        case "load":
            await LoadBench.RunAsync(arguments, cancellation.Token);
            break;
        case "baseline-api":
            await BaselineApi.RunAsync();
            break;
        case "otlp-sink":
            await OtlpSink.RunAsync();
            break;
        case "signals":
            await SignalBench.RunAsync(arguments, cancellation.Token);
            break;
        case "signals-each":
            await SignalBench.RunEachAsync(arguments, cancellation.Token);
            break;
        case "rest":
            await RestBench.RunAsync(arguments, cancellation.Token);
            break;
        case "storefront":
            await StorefrontBench.RunAsync(arguments, cancellation.Token);
            break;
        case "canary":
            await CanaryBench.RunAsync(arguments, cancellation.Token);
            break;
        //#if (withInsights)
        case "insights":
            await InsightsBench.RunAsync(arguments, cancellation.Token);
            break;
        case "visitors":
            await VisitorProof.RunAsync(arguments, cancellation.Token);
            break;
        //#endif
        case "soak":
            await SoakBench.RunAsync(arguments, cancellation.Token);
            break;
        default:
            throw new ArgumentException(
                "Specify one of: rest, signals, signals-each, load, storefront, events, logs, micro, canary, insights, soak, visitors.");
    }

    return 0;
}
catch (Exception exception)
{
    Console.Error.WriteLine($"bench: {exception.GetType().Name}: {exception.Message.ReplaceLineEndings(" ")}");
    return 1;
}

// The first signal cancels the run, so that child processes and data are cleaned up. The second signal ends the process at once.
void Cancel(PosixSignalContext signal)
{
    signal.Cancel = !cancellation.IsCancellationRequested;
    cancellation.Cancel();
}
