using System.Globalization;
using Shop.Bench.Application;
using Shop.Bench.Measurement;

namespace Shop.Bench.Signals;

/// <summary>
/// Measures what the signals cost: instances of the whole application on one machine that differ only in their signals
/// (<see cref="SignalLeg"/>) get the same load in turn.
/// </summary>
internal static class SignalBench
{
    private const double MinThroughputRatio = 0.95;
    private const double MinCheckoutThroughputRatio = 0.90;
    private const double MaxCostRatio = 0.5;

    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan _warmUpOfTurn = TimeSpan.FromSeconds(2);

    private static readonly Dictionary<string, string> _operations = new()
    {
        [SignalSubject.AddToCart] = "add to cart",
        [SignalSubject.Checkout] = "checkout until confirmed",
        [SignalSubject.ProductList] = "list of 20 products",
        [SignalSubject.Product] = "one product",
    };

    /// <summary>Compares all signals with none, and for one operation with those of a new Aspire application.</summary>
    public static Task RunAsync(Arguments arguments, CancellationToken cancellationToken) => RunAsync(
        arguments,
        "signals",
        "Cost of the signals",
        [.. _operations.Keys],
        operation => operation == SignalSubject.Product ? [SignalLeg.Off, SignalLeg.All, SignalLeg.Aspire] : [SignalLeg.Off, SignalLeg.All],
        cancellationToken);

    /// <summary>Compares each single signal with none.</summary>
    public static Task RunEachAsync(Arguments arguments, CancellationToken cancellationToken) => RunAsync(
        arguments,
        "signals-each",
        "Cost of each signal",
        [SignalSubject.Product],
        _ => [SignalLeg.Off, .. SignalLeg.Single, SignalLeg.All],
        cancellationToken);

    private static async Task RunAsync(
        Arguments arguments,
        string page,
        string title,
        string[] operations,
        Func<string, string[]> getLegs,
        CancellationToken cancellationToken)
    {
        var (duration, rounds) = (TimeSpan.FromSeconds(arguments.GetInt32("seconds", 8)), arguments.GetInt32("rounds", 6));
        var legs = arguments.GetString("operations", string.Join(',', operations)).Split(',').ToDictionary(
            operation => operation, operation => arguments.GetString("legs", string.Join(',', getLegs(operation))).Split(','));
        await Machine.WaitUntilIdleAsync(arguments, cancellationToken);
        var report = new Report(arguments, page, title);

        await using var sink = await OtlpSink.StartAsync();
        var subjects = new List<SignalSubject>();
        try
        {
            foreach (var name in legs.Values.SelectMany(names => names).Distinct())
            {
                var leg = SignalLeg.Parse(name, sink.GetEndpoint(subjects.Count));
                var subject = await SignalSubject.StartAsync(leg, cancellationToken);
                subjects.Add(subject);
                foreach (var operation in legs.Keys.Where(operation => legs[operation].Contains(name)))
                {
                    await subject.WarmUpAsync(operation, operation == SignalSubject.Checkout ? CheckoutLoad.WarmUp : _warmUp);
                }

                await subject.PauseAsync();
            }

            var turns = await MeasureAsync(subjects, sink, legs, duration, rounds);
            AddResults(report, subjects, turns, duration, rounds);
            report.Write();
        }
        finally
        {
            foreach (var subject in subjects)
            {
                await subject.DisposeAsync();
            }
        }
    }

    // Each round has the reverse order of the one before: A B C, C B A. A drift of the machine then affects all legs alike. The turns that
    // are compared, those of one operation, follow each other.
    private static async Task<Dictionary<(string Operation, string Leg), List<SignalTurn>>> MeasureAsync(
        List<SignalSubject> subjects, OtlpSink sink, Dictionary<string, string[]> legs, TimeSpan duration, int rounds)
    {
        var turns = new Dictionary<(string Operation, string Leg), List<SignalTurn>>();
        for (var round = 0; round < rounds; round++)
        {
            Console.WriteLine($"Round {round + 1} of {rounds}");
            foreach (var (operation, names) in legs)
            {
                var compared = subjects.Index().Where(subject => names.Contains(subject.Item.Leg.Name));
                foreach (var (number, subject) in round % 2 == 0 ? compared : compared.Reverse())
                {
                    await subject.ResumeAsync();
                    await subject.WarmUpAsync(operation, _warmUpOfTurn);
                    var bytes = await sink.GetBytesAsync(number);
                    var turn = await subject.MeasureAsync(operation, duration);
                    turn = turn with { ExportedBytes = await sink.GetBytesAsync(number) - bytes };
                    await subject.PauseAsync();
                    Console.WriteLine(Text(
                        $"  {operation,-8} {subject.Leg.Name,-8} {turn.CpuOfServices,7:N1} µs of the services {turn.PerSecond,8:N0}/s"));
                    if (!turns.TryGetValue((operation, subject.Leg.Name), out var list))
                    {
                        turns[(operation, subject.Leg.Name)] = list = [];
                    }

                    list.Add(turn);
                }
            }
        }

        return turns;
    }

    private static void AddResults(
        Report report,
        List<SignalSubject> subjects,
        Dictionary<(string Operation, string Leg), List<SignalTurn>> turns,
        TimeSpan duration,
        int rounds)
    {
        report.AddParagraph($"""
            Instances of the whole application, with one replica of each service, differ in their signals only. Their clients and servers
            share the machine. 16 clients load one instance at a time for {duration.TotalSeconds} seconds; meanwhile the processes of the
            others are stopped. {rounds} rounds, each in the reverse order of the one before. The processor time is that of catalog, cart
            and orders with the exports after each turn, and the receiver of OTLP only acknowledges. Brackets: the 95% confidence interval
            of the mean, of differences and ratios within the same round. The journey events that go to the broker are no signal, and all
            instances publish them.
            """);
        report.AddTable("instance", "signals");
        foreach (var subject in subjects)
        {
            report.AddRow(subject.Leg.Name, subject.Leg.Description);
        }

        foreach (var operation in turns.Keys.Select(key => key.Operation).Distinct())
        {
            AddOperation(report, operation, subjects, turns);
        }

        report.AddSection("CPU usage of the last round");
        report.AddCpuTable();
        foreach (var ((operation, leg), list) in turns)
        {
            report.AddCpuRow($"{_operations[operation]}, {leg}", list[^1].Seconds, list[^1].Cpu);
        }
    }

    private static void AddOperation(
        Report report,
        string operation,
        List<SignalSubject> subjects,
        Dictionary<(string Operation, string Leg), List<SignalTurn>> turns)
    {
        var title = _operations[operation];
        report.AddSection($"{char.ToUpperInvariant(title[0])}{title[1..]}");
        report.AddTable(
            "instance",
            "CPU of the services per operation",
            "added by its signals",
            "operations/s",
            $"operations/s relative to {SignalLeg.Off}",
            "exported by OTLP");
        var off = turns.GetValueOrDefault((operation, SignalLeg.Off));
        foreach (var leg in subjects.Select(subject => subject.Leg.Name).Where(leg => turns.ContainsKey((operation, leg))))
        {
            var list = turns[(operation, leg)];
            report.AddRow(
                leg,
                $"{Estimate.Of(list.Select(turn => turn.CpuOfServices)).ToString("0.0")} µs",
                off is null || leg == SignalLeg.Off ? "" : $"{Added(leg).ToString("0.0")} µs",
                Text($"{list.Average(turn => turn.PerSecond):N0}"),
                off is null || leg == SignalLeg.Off ? "" : Throughput(leg).ToString("0.000"),
                Text($"{list.Average(turn => turn.ExportedBytes / turn.Seconds) / 1e3:N0} kB/s"));
        }

        if (off is not null && turns.ContainsKey((operation, SignalLeg.All)))
        {
            var target = operation == SignalSubject.Checkout ? MinCheckoutThroughputRatio : MinThroughputRatio;
            var throughput = Throughput(SignalLeg.All);
            report.AddTarget(
                $"{title}: operations/s with all signals relative to none",
                Text($"at least {target:0.00}"),
                $"{throughput.ToString("0.000")}",
                throughput.Mean >= target);
            if (operation == SignalSubject.Product && turns.ContainsKey((operation, SignalLeg.Aspire)))
            {
                var ratio = Added(SignalLeg.All).Mean / Added(SignalLeg.Aspire).Mean;
                report.AddTarget(
                    $"{title}: CPU added by all signals relative to those of Aspire's service defaults",
                    Text($"at most {MaxCostRatio:0.0}"),
                    $"{ratio:0.00}",
                    ratio <= MaxCostRatio);
            }
        }

        Estimate Added(string leg) => Estimate.Of(turns[(operation, leg)].Zip(off!, (on, none) => on.CpuOfServices - none.CpuOfServices));

        Estimate Throughput(string leg) => Estimate.Of(turns[(operation, leg)].Zip(off!, (on, none) => on.PerSecond / none.PerSecond));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
