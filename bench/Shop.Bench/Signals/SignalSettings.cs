namespace Shop.Bench.Signals;

/// <summary>Environment variables of a service with all signals, and with none.</summary>
internal static class SignalSettings
{
    /// <summary>The defaults of Production: all signals are exported with OTLP, and logs are also written to the console as JSON.</summary>
    public static Dictionary<string, string> AllEnabled(OtlpReceiver receiver) => new()
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Address,
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
    };

    /// <summary>No OpenTelemetry provider, so that no listener observes spans and instruments; no exporter; no log records.</summary>
    public static Dictionary<string, string> AllDisabled() => new()
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
