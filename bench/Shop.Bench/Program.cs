using System.Runtime.InteropServices;
using Shop.Bench;
using Shop.Bench.Load;
using Shop.Bench.Logs;
using Shop.Bench.Micro;
using Shop.Bench.Signals;
using Shop.Bench.Soak;

// Started by bench/run; logs-node and bare-api are started by this program itself.
var arguments = Arguments.Of(args);
using var stop = new CancellationTokenSource();
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    switch (args.FirstOrDefault())
    {
        case "logs":
            await LogBench.RunAsync(arguments, stop.Token);
            break;
        case "logs-node":
            LogNode.Run(arguments);
            break;
        case "micro":
            MicroBench.Run(arguments);
            break;
        case "load":
            await LoadBench.RunAsync(arguments, stop.Token);
            break;
        case "bare-api":
            await BareApi.RunAsync();
            break;
        case "signals":
            await SignalBench.RunAsync(arguments, stop.Token);
            break;
        case "soak":
            await SoakBench.RunAsync(arguments, stop.Token);
            break;
        default:
            throw new ArgumentException("Give one of: logs, micro, load, signals, soak.");
    }

    return 0;
}
catch (Exception trouble)
{
    Console.Error.WriteLine($"bench: {trouble.GetType().Name}: {trouble.Message.ReplaceLineEndings(" ")}");
    return 1;
}

// Once: then what was started is ended first. Twice: at once.
void Stop(PosixSignalContext signal)
{
    signal.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
}
