using System.Globalization;
using Microsoft.Extensions.Configuration;
using Shop.Telemetry.Sampling;

namespace Shop.Telemetry.Export;

/// <summary>
/// Sets the defaults of OpenTelemetry's variables, and replaces values that are invalid by the default, as the specification of
/// OpenTelemetry asks for: an unknown or malformed value is ignored with a warning.
/// </summary>
/// <remarks>
/// The values are replaced in the configuration, because the SDK and the exporters read the same variables: some ignore an invalid value
/// without a log record, and others throw.
/// </remarks>
internal static class OtlpVariables
{
    /// <summary>The signals, as they are written in the names of variables.</summary>
    public const string Traces = "TRACES";

    public const string Metrics = "METRICS";

    public const string Logs = "LOGS";

    private const string MetricsExporter = "OTEL_METRICS_EXPORTER";
    private const string Otlp = "OTEL_EXPORTER_OTLP_";

    private static readonly string[] _signals = [Traces, Metrics, Logs];

    // The size and delay of batches. The queues are larger than those of the SDK (2048), which overflow when a collector is slow for a
    // short time: dropped spans are gaps in a trace.
    private static readonly Dictionary<string, string> _numbers = new()
    {
        ["OTEL_BSP_SCHEDULE_DELAY"] = "1000",
        ["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"] = "512",
        ["OTEL_BSP_MAX_QUEUE_SIZE"] = "10000",
        ["OTEL_BSP_EXPORT_TIMEOUT"] = "30000",
        ["OTEL_BLRP_SCHEDULE_DELAY"] = "1000",
        ["OTEL_BLRP_MAX_EXPORT_BATCH_SIZE"] = "512",
        ["OTEL_BLRP_MAX_QUEUE_SIZE"] = "10000",
        ["OTEL_BLRP_EXPORT_TIMEOUT"] = "30000",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "10000",
        ["OTEL_METRIC_EXPORT_TIMEOUT"] = "30000",
        ["OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"] = ExportLimits.MaxTextLength.ToString(CultureInfo.InvariantCulture),
    };

    private static readonly Dictionary<string, (string[] Values, string Default)> _choices = new()
    {
        ["OTEL_SDK_DISABLED"] = (["true", "false"], "false"),
        ["OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"] = (["in_memory", "disk"], "in_memory"),
        ["OTEL_TRACES_EXPORTER"] = (["otlp", "none"], ""),
        [MetricsExporter] = (["otlp", "prometheus", "otlp,prometheus", "prometheus,otlp", "none"], ""),
        ["OTEL_LOGS_EXPORTER"] = (["otlp", "none"], ""),
        [SamplerVariables.Sampler] = (SamplerVariables.Samplers, ""),
    };

    // The constructors of the trace and the log exporter read these from the environment of the process only.
    private static readonly string[] _readFromProcess =
    [
        "OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY", "OTEL_DOTNET_EXPERIMENTAL_OTLP_DISK_RETRY_DIRECTORY_PATH",
        "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT",
        "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_SPAN_EVENT_COUNT_LIMIT",
        "OTEL_SPAN_LINK_COUNT_LIMIT", "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
        "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT",
    ];

    /// <summary>Sets the defaults and replaces invalid values.</summary>
    /// <returns>The values that are ignored.</returns>
    /// <exception cref="InvalidOperationException">
    /// The file of a certificate or key does not exist. Without it the receiver could not be authenticated.
    /// </exception>
    public static IReadOnlyList<IgnoredVariable> Normalize(IConfiguration configuration)
    {
        var warnings = new List<IgnoredVariable>();
        foreach (var (name, value) in _numbers)
        {
            Check(name, value, "a positive number", IsPositiveNumber);
        }

        foreach (var (name, (values, value)) in _choices)
        {
            Check(name, value, string.Join(" or ", values), text => values.Contains(text, StringComparer.OrdinalIgnoreCase));
        }

        if (SamplerVariables.HasArgument(configuration[SamplerVariables.Sampler]))
        {
            Check(SamplerVariables.Argument, null, "0 or a number from 0.000001 to 1", IsProbability);
        }

        foreach (var prefix in _signals.Select(signal => $"{Otlp}{signal}_").Prepend(Otlp))
        {
            Check(prefix + "ENDPOINT", null, "an http:// or https:// URL", IsHttpUrl);
            Check(prefix + "PROTOCOL", null, "grpc or http/protobuf", static text => text is "grpc" or "http/protobuf");
            Check(prefix + "COMPRESSION", null, "gzip or none", static text => text is "gzip" or "none");
            Check(prefix + "TIMEOUT", null, "a positive number", IsPositiveNumber);
            Check(prefix + "HEADERS", null, "key=value pairs, separated by commas", IsHeaderList, isSecret: true);
            foreach (var file in (string[])["CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY"])
            {
                if (configuration[prefix + file] is { Length: > 0 } path && !File.Exists(path))
                {
                    throw new InvalidOperationException($"{prefix}{file}={path}: the file does not exist.");
                }
            }
        }

        return warnings;

        void Check(string name, string? defaultValue, string expected, Func<string, bool> isValid, bool isSecret = false)
        {
            var value = configuration[name]?.Trim();
            if (!string.IsNullOrEmpty(value) && !isValid(value))
            {
                warnings.Add(new(name, isSecret ? "(hidden)" : value, expected));
                value = null;
            }

            configuration[name] = string.IsNullOrEmpty(value) ? defaultValue : value;
        }
    }

    /// <summary>Copies the variables that exporters read from the environment only from the configuration to the environment.</summary>
    public static void CopyToEnvironment(IConfiguration configuration)
    {
        foreach (var name in _readFromProcess)
        {
            if (configuration[name] is { Length: > 0 } value)
            {
                Environment.SetEnvironmentVariable(name, value);
            }
        }
    }

    /// <summary>
    /// Determines whether a signal is exported: if an endpoint is configured for it or for all signals, or if its exporter is
    /// <c>otlp</c>, and neither its exporter is <c>none</c> nor the SDK disabled.
    /// </summary>
    public static bool IsExported(this IConfiguration configuration, string signal)
    {
        var exporter = configuration[$"OTEL_{signal}_EXPORTER"]?.ToLowerInvariant();
        return !configuration.IsSdkDisabled()
            && exporter is not ("none" or "prometheus")
            && (!string.IsNullOrEmpty(exporter) || configuration.GetOtlp(signal, "ENDPOINT") is not null);
    }

    /// <summary>
    /// Determines whether Prometheus can scrape the metrics: if it is one of the exporters, or, where none is set, if the metrics are not
    /// exported. Each measurement is recorded once for each exporter.
    /// </summary>
    public static bool IsScraped(this IConfiguration configuration) =>
        configuration[MetricsExporter] is { Length: > 0 } exporters
            ? exporters.Contains("prometheus", StringComparison.OrdinalIgnoreCase)
            : !configuration.IsExported(Metrics);

    /// <summary>Determines whether nothing is exported.</summary>
    public static bool IsSdkDisabled(this IConfiguration configuration) =>
        string.Equals(configuration["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>Gets the value of an OTLP variable: the one of the signal if it is set, otherwise the one for all signals.</summary>
    public static string? GetOtlp(this IConfiguration configuration, string signal, string name) =>
        configuration.GetOtlpOfSignal(signal, name) ?? (configuration[Otlp + name] is { Length: > 0 } value ? value : null);

    /// <summary>Gets the value of an OTLP variable of one signal, or null.</summary>
    public static string? GetOtlpOfSignal(this IConfiguration configuration, string signal, string name) =>
        configuration[$"{Otlp}{signal}_{name}"] is { Length: > 0 } value ? value : null;

    /// <summary>Parses headers, whose names and values are percent-encoded. Returns null when they are not valid.</summary>
    public static IReadOnlyList<(string Name, string Value)>? ParseHeaders(string text)
    {
        using var request = new HttpRequestMessage();
        var headers = new List<(string Name, string Value)>();
        foreach (var header in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (header.Split('=', 2, StringSplitOptions.TrimEntries) is not [var name, var value])
            {
                return null;
            }

            (name, value) = (Uri.UnescapeDataString(name), Uri.UnescapeDataString(value));
            if (value.Any(char.IsControl) || !request.Headers.TryAddWithoutValidation(name, value))
            {
                return null;
            }

            headers.Add((name, value));
        }

        return headers;
    }

    private static bool IsPositiveNumber(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0;

    private static bool IsHttpUrl(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https";

    private static bool IsHeaderList(string text) => ParseHeaders(text) is not null;

    private static bool IsProbability(string text) => SamplerVariables.ParseProbability(text) is not null;
}

/// <summary>A variable whose value is ignored because it is not valid.</summary>
/// <param name="Name">The name of the variable.</param>
/// <param name="Value">The value, hidden if it may be a secret.</param>
/// <param name="Expected">The valid values.</param>
internal sealed record IgnoredVariable(string Name, string Value, string Expected);
