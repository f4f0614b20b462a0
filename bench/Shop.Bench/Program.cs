using BenchmarkDotNet.Running;
using Shop.Bench;
using Shop.Bench.Logs;

// bench/run logs [--seconds 8] [--rounds 5]    the log pipeline of one node, beside its peers
// bench/run logs-node ...                      one node of it, started by the above
// bench/run micro                              single calls, with BenchmarkDotNet
switch (args.FirstOrDefault())
{
    case "logs":
        await LogBench.RunAsync(Arguments.Of(args));
        break;
    case "logs-node":
        LogNode.Run(Arguments.Of(args));
        break;
    case "micro":
        BenchmarkRunner.Run<LogCalls>();
        break;
    default:
        Console.Error.WriteLine("Give one of: logs, micro.");
        return 1;
}

return 0;
