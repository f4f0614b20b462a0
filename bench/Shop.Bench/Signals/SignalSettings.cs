namespace Shop.Bench.Signals;

/// <summary>Settings of a service with all of its signals, and with none. Nothing of the product knows of them.</summary>
internal static class SignalSettings
{
    /// <summary>As in production, with every default: all three signals leave by OTLP, the console's lines as JSON.</summary>
    public static Dictionary<string, string> On(OtlpSink sink) => new()
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = sink.Address,
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
    };

    /// <summary>No provider of OpenTelemetry and so nobody who listens to spans or instruments, no exporter, and not one line of log.</summary>
    public static Dictionary<string, string> Off() => new()
    {
        ["OTEL_SDK_DISABLED"] = "true",
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "",
        ["Aspire__Npgsql__EntityFrameworkCore__PostgreSQL__DisableTracing"] = "true",
        ["Aspire__Npgsql__EntityFrameworkCore__PostgreSQL__DisableMetrics"] = "true",
        ["Logging__LogLevel__Default"] = "None",
        ["Logging__LogLevel__Microsoft.AspNetCore"] = "None",
        ["Logging__LogLevel__Microsoft.EntityFrameworkCore"] = "None",
        ["Logging__LogLevel__Polly"] = "None",
        ["Logging__LogLevel__System.Net.Http"] = "None",
    };
}
