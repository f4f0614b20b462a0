using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Shop.Tests.Component.Deploy;

/// <summary>
/// A configuration of the OpenTelemetry Collector, read as strictly as the collector reads it: a component, a field or a value that is not
/// known is an error.
/// </summary>
/// <remarks>
/// Known is what release 0.159.0 has in the <c>config.schema.yaml</c> of each component, of which the types below name the fields that are
/// used, and in the <c>Validate</c> of its configuration.
/// </remarks>
internal sealed partial class CollectorConfiguration
{
    private static readonly Dictionary<string, Type> _components = new()
    {
        ["receivers/otlp"] = typeof(OtlpReceiver),
        ["processors/memory_limiter"] = typeof(MemoryLimiter),
        ["processors/tail_sampling"] = typeof(TailSampling),
        ["processors/redaction"] = typeof(Redaction),
        ["processors/batch"] = typeof(Batch),
        ["exporters/otlp_grpc"] = typeof(OtlpExporter),
        ["exporters/otlp_http"] = typeof(OtlpExporter),
        ["exporters/nop"] = typeof(Nop),
        ["extensions/health_check"] = typeof(Server),
    };

    private static readonly IDeserializer _deserializer = new DeserializerBuilder()
        .WithNamingConvention(UnderscoredNamingConvention.Instance)
        .WithTypeConverter(new DurationConverter())
        .WithDuplicateKeyChecking()
        .Build();

    private static readonly ISerializer _serializer = new SerializerBuilder().Build();

    /// <summary>The components by section and id, such as <c>exporters/otlp_grpc/traces</c>.</summary>
    public Dictionary<string, object> Components { get; } = [];

    public ServiceSection Service { get; }

    private CollectorConfiguration(Dictionary<object, object> root)
    {
        foreach (var (section, content) in root.Where(section => (string)section.Key != "service"))
        {
            foreach (var (id, component) in (Dictionary<object, object>)content)
            {
                // The id of a component is its type, or its type and a name.
                var type = $"{section}/{((string)id).Split('/')[0]}";
                Components[$"{section}/{id}"] = _components.TryGetValue(type, out var known)
                    ? Read(component, known)
                    : throw new YamlException($"There is no {type}.");
            }
        }

        Service = (ServiceSection)Read(root["service"], typeof(ServiceSection));
    }

    /// <summary>Reads files as the collector reads several <c>--config</c>: mappings are merged, and anything else is replaced.</summary>
    public static CollectorConfiguration Load(params string[] files) => new(files
        .Select(file => MonitoringFiles.ReadYaml(Path.Combine(MonitoringFiles.Directory, "collector", file)))
        .Aggregate((first, second) => (Dictionary<object, object>)Merge(first, second)));

    /// <summary>Reads a configuration that differs from that of the files.</summary>
    public static CollectorConfiguration Parse(string text) => new(_deserializer.Deserialize<Dictionary<object, object>>(text));

    private static object Merge(object first, object second)
    {
        if (first is not Dictionary<object, object> mapping || second is not Dictionary<object, object> changes)
        {
            return second;
        }

        var merged = new Dictionary<object, object>(mapping);
        foreach (var (key, value) in changes)
        {
            merged[key] = merged.TryGetValue(key, out var current) ? Merge(current, value) : value;
        }

        return merged;
    }

    private static object Read(object content, Type type) => _deserializer.Deserialize(_serializer.Serialize(content), type)!;

    public sealed record ServiceSection
    {
        public List<string> Extensions { get; init; } = [];

        public Dictionary<string, Pipeline> Pipelines { get; init; } = [];
    }

    public sealed record Pipeline
    {
        public List<string> Receivers { get; init; } = [];

        public List<string> Processors { get; init; } = [];

        public List<string> Exporters { get; init; } = [];
    }

    public sealed record Server
    {
        public string Endpoint { get; init; } = "";
    }

    public sealed record OtlpReceiver
    {
        public Dictionary<OtlpProtocol, Server> Protocols { get; init; } = [];
    }

    public enum OtlpProtocol
    {
        Grpc,
        Http,
    }

    public sealed record MemoryLimiter
    {
        public Duration CheckInterval { get; init; }

        public uint LimitPercentage { get; init; }

        public uint SpikeLimitPercentage { get; init; }
    }

    public sealed record TailSampling
    {
        public Duration DecisionWait { get; init; }

        public ulong NumTraces { get; init; }

        public List<Policy> Policies { get; init; } = [];
    }

    /// <summary>A policy of tail sampling. Its settings are in the field that has the name of its type.</summary>
    public sealed record Policy
    {
        public string Name { get; init; } = "";

        public string Type { get; init; } = "";

        public StringAttributePolicy? StringAttribute { get; init; }

        public StatusCodePolicy? StatusCode { get; init; }

        public LatencyPolicy? Latency { get; init; }

        public ProbabilisticPolicy? Probabilistic { get; init; }

        public IEnumerable<string> Settings => new (string Type, object? Value)[]
        {
            ("string_attribute", StringAttribute), ("status_code", StatusCode), ("latency", Latency), ("probabilistic", Probabilistic),
        }.Where(setting => setting.Value is not null).Select(setting => setting.Type);
    }

    public sealed record StringAttributePolicy
    {
        public string Key { get; init; } = "";

        public List<string> Values { get; init; } = [];

        public bool EnabledRegexMatching { get; init; }
    }

    public sealed record StatusCodePolicy
    {
        public List<TraceStatus> StatusCodes { get; init; } = [];
    }

    public enum TraceStatus
    {
        OK,
        ERROR,
        UNSET,
    }

    public sealed record LatencyPolicy
    {
        public long ThresholdMs { get; init; }
    }

    public sealed record ProbabilisticPolicy
    {
        public double SamplingPercentage { get; init; }
    }

    public sealed record Redaction
    {
        public bool AllowAllKeys { get; init; }

        public List<string> BlockedValues { get; init; } = [];

        public RedactionSummary Summary { get; init; }
    }

    public enum RedactionSummary
    {
        Silent,
        Info,
        Debug,
    }

    public sealed record Batch
    {
        public uint SendBatchSize { get; init; }

        public Duration Timeout { get; init; }
    }

    public sealed record OtlpExporter
    {
        public string Endpoint { get; init; } = "";

        public Tls Tls { get; init; } = new();

        public Dictionary<string, string> Headers { get; init; } = [];

        public Queue SendingQueue { get; init; } = new();

        public Retry RetryOnFailure { get; init; } = new();
    }

    public sealed record Tls
    {
        public bool Insecure { get; init; }
    }

    public sealed record Queue
    {
        public bool Enabled { get; init; } = true;

        public long QueueSize { get; init; } = 1000;
    }

    public sealed record Retry
    {
        public bool Enabled { get; init; } = true;

        public Duration MaxElapsedTime { get; init; } = new("300s");
    }

    public sealed record Nop;

    /// <summary>A duration of Go, such as <c>10s</c>.</summary>
    public readonly record struct Duration(string Text);

    private sealed partial class DurationConverter : IYamlTypeConverter
    {
        public bool Accepts(Type type) => type == typeof(Duration);

        public object ReadYaml(IParser parser, Type type, ObjectDeserializer rootDeserializer)
        {
            var text = parser.Consume<YamlDotNet.Core.Events.Scalar>().Value;
            return Go().IsMatch(text) ? new Duration(text) : throw new YamlException($"'{text}' is no duration.");
        }

        public void WriteYaml(IEmitter emitter, object? value, Type type, ObjectSerializer serializer) => throw new NotSupportedException();

        [GeneratedRegex(@"^(\d+(\.\d+)?(ns|us|ms|s|m|h))+$")]
        private static partial Regex Go();
    }
}
