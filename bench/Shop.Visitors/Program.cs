using System.Runtime.InteropServices;
using Shop.Visitors;
//#if (withInsights)
using Shop.Visitors.Comparison;
//#endif
using Shop.Visitors.Truth;
using Shop.Visitors.Walking;

// docs/visitors.md describes the options and the JSON. Standard output has nothing else.
using var cancellation = new CancellationTokenSource();
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
try
{
    //#if (withInsights)
    if (args is [ComparisonProgram.Name, .. var comparison])
    {
        return await ComparisonProgram.RunAsync(comparison, cancellation.Token);
    }

    //#endif
    var arguments = VisitorArguments.Parse(args);
    using var run = new VisitorRun(arguments.Address, arguments.Plan, arguments.ThinkingTime);
    if (!await run.IsAvailableAsync(cancellation.Token))
    {
        Console.Error.WriteLine($"No shop answers at {arguments.Address}");
        return 2;
    }

    var (startedAt, visits, hasFailures) = (DateTimeOffset.UtcNow, new List<VisitTruth>(), false);
    await run.RunAsync(arguments.Visits, Add, cancellation.Token);
    Console.WriteLine(RunTruth.Create(arguments.Plan.Seed, startedAt, DateTimeOffset.UtcNow, visits).ToJson());
    return hasFailures ? 1 : 0;

    void Add(VisitTruth visit)
    {
        hasFailures |= visit.Failures.Count > 0;
        Console.Error.WriteLine(
            $"visit {visit.Visit}: {visit.Events.Count} events, {visit.Orders.Count} orders"
            + string.Concat(visit.Faults.Select(fault => $", fault {fault.Cause}"))
            + string.Concat(visit.Failures.Select(failure => $", FAILED at {failure.Request} ({failure.Status}): {failure.Reason}")));
        // Visits without an end must not fill the memory.
        if (arguments.Visits is not null)
        {
            visits.Add(visit);
        }
    }
}
catch (ArgumentException invalid)
{
    Console.Error.WriteLine(invalid.Message);
    return 2;
}
catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
{
    return 0;
}

void Cancel(PosixSignalContext signal)
{
    signal.Cancel = true;
    cancellation.Cancel();
}
