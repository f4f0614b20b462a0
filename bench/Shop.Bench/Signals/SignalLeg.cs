namespace Shop.Bench.Signals;

/// <summary>A configuration of the application that <see cref="SignalBench"/> compares with the others.</summary>
/// <param name="Name">The name in <c>--legs</c> and on the page.</param>
/// <param name="Description">What is enabled.</param>
/// <param name="Environment">Environment variables of all services.</param>
internal sealed record SignalLeg(string Name, string Description, IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>The name of the leg with which the others are compared.</summary>
    public const string Off = "off";

    /// <summary>The name of the leg with the defaults of Production.</summary>
    public const string All = "all";

    /// <summary>The name of the leg with the telemetry of a new Aspire application.</summary>
    public const string Aspire = "aspire";

    /// <summary>The variable that sends the spans to Insights too.</summary>
    public const string SpanExportToInsights = "Shop__SpanExport__Endpoint";

    /// <summary>The names of the legs with a single signal.</summary>
    public static readonly string[] Single = ["traces", "tail", "metrics", "logs", "console"];

    private static readonly string[] _categories =
        ["Default", "Microsoft.AspNetCore", "Microsoft.EntityFrameworkCore", "Polly", "System.Net.Http"];

    private static readonly Dictionary<string, string> _noLogs =
        _categories.ToDictionary(category => $"Logging__LogLevel__{category}", _ => "None");

    // As in the appsettings.json of the services, for the console alone.
    private static readonly Dictionary<string, string> _console = _categories.ToDictionary(
        category => $"Logging__Console__LogLevel__{category}", category => category == "Default" ? "Information" : "Warning");

    private static readonly Dictionary<string, string> _noTail = new() { ["Shop__TraceSampling__Tail__Enabled"] = "false" };

    // Insights receives the sampled spans a second time. The benchmark compares one export with one.
    private static readonly Dictionary<string, string> _noSecondExport = new() { [SpanExportToInsights] = "" };

    /// <summary>Returns a leg by its name. <c>all+NAME=VALUE</c> is <c>all</c> with one more environment variable.</summary>
    /// <param name="text">The name, and any variables.</param>
    /// <param name="receiver">The address of an OTLP receiver.</param>
    /// <exception cref="ArgumentException">There is no such leg.</exception>
    public static SignalLeg Parse(string text, string receiver)
    {
        var parts = text.Split('+');
        var leg = GetAll(receiver).FirstOrDefault(leg => leg.Name == parts[0]) ?? throw new ArgumentException($"There is no leg '{text}'.");
        var environment = new Dictionary<string, string>(leg.Environment);
        foreach (var variable in parts[1..])
        {
            environment[variable.Split('=')[0]] = variable.Split('=')[1];
        }

        return leg with { Name = text, Environment = environment };
    }

    private static IReadOnlyList<SignalLeg> GetAll(string receiver)
    {
        return
        [
            new(Off, "no OpenTelemetry provider, no exporter, log level None", Disabled()),
            new("traces", "spans with head sampling only", With("traces", _noLogs, _noTail)),
            new("tail", "spans with head and tail sampling", With("traces", _noLogs)),
            new("metrics", "metrics only", With("metrics", _noLogs)),
            new("logs", "exported log records only; the console has warnings", With("logs")),
            new("console", "JSON on the console only, from Information on", With("", _console)),
            new(All, "the defaults of Production: traces, metrics and logs exported; the console has warnings", Production(receiver)),
            new(
                Aspire,
                "the service defaults of a new Aspire application on the same services: every trace, default metrics and logs exported; "
                + "text on the console; the same one log record per request",
                With(StartupHook.Aspire, _console, new()
                {
                    ["OTEL_TRACES_SAMPLER"] = "always_on",
                    ["Shop__LogSampling__Enabled"] = "false",
                    ["LOGGING__CONSOLE__FORMATTERNAME"] = "simple",
                })),
        ];

        Dictionary<string, string> With(string signals, params Dictionary<string, string>[] settings) =>
            settings.Prepend(Production(receiver)).SelectMany(variables => variables)
                .Append(new("DOTNET_STARTUP_HOOKS", typeof(StartupHook).Assembly.Location))
                .Append(new(StartupHook.Variable, signals))
                .GroupBy(variable => variable.Key, variable => variable.Value).ToDictionary(group => group.Key, group => group.Last());
    }

    /// <summary>The defaults of Production: all signals are exported with OTLP, once.</summary>
    /// <param name="receiver">The address of an OTLP receiver.</param>
    public static Dictionary<string, string> Production(string receiver) => new(_noSecondExport)
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver,
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        // The AppHost has the metrics scraped too.
        ["OTEL_METRICS_EXPORTER"] = "otlp",
    };

    // No OpenTelemetry provider, so that no listener observes spans and instruments; no exporter; no log records.
    private static Dictionary<string, string> Disabled() => new(_noLogs)
    {
        ["OTEL_SDK_DISABLED"] = "true",
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "",
        ["Aspire__Npgsql__EntityFrameworkCore__PostgreSQL__DisableTracing"] = "true",
        ["Aspire__Npgsql__EntityFrameworkCore__PostgreSQL__DisableMetrics"] = "true",
    };
}
