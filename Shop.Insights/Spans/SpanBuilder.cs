using System.Globalization;
using Shop.Insights.Data;
using Shop.Telemetry.Journeys;

namespace Shop.Insights.Spans;

/// <summary>Collects the fields of one span after the other, from either encoding, and creates their rows.</summary>
internal sealed class SpanBuilder
{
    // An index entry of PostgreSQL has at most 2,704 bytes.
    private const int MaxTextLength = 128;

    private const int TraceIdLength = 32;
    private const int SpanIdLength = 16;
    private const int ErrorStatus = 2;
    private const long NanosecondsPerTick = 100;
    private const long MaxNanoseconds = 7_258_118_400_000_000_000; // the year 2200

    private readonly Dictionary<string, string> _attributes = new(StringComparer.Ordinal);

    /// <summary>Gets or sets the id of the trace, in hexadecimal digits.</summary>
    public string TraceId { get; set; } = "";

    /// <summary>Gets or sets the id of the span, in hexadecimal digits.</summary>
    public string SpanId { get; set; } = "";

    /// <summary>Gets or sets the id of the parent; empty without one.</summary>
    public string ParentId { get; set; } = "";

    /// <summary>Gets or sets the name.</summary>
    public string Name { get; set; } = "";

    /// <summary>Gets or sets the number of the kind.</summary>
    public long Kind { get; set; }

    /// <summary>Gets or sets the start, in nanoseconds since 1970-01-01 UTC.</summary>
    public ulong Start { get; set; }

    /// <summary>Gets or sets the end, in nanoseconds since 1970-01-01 UTC.</summary>
    public ulong End { get; set; }

    /// <summary>Gets or sets the number of the status.</summary>
    public long Status { get; set; }

    /// <summary>Gets or sets the type of the first exception.</summary>
    public string? ExceptionType { get; set; }

    /// <summary>Removes all fields.</summary>
    public void Clear()
    {
        (TraceId, SpanId, ParentId, Name, ExceptionType) = ("", "", "", "", null);
        (Kind, Start, End, Status) = (0, 0, 0, 0);
        _attributes.Clear();
    }

    /// <summary>Sets an attribute. Of several with the same name, the last one counts.</summary>
    /// <param name="name">A name of <see cref="SpanAttributes"/>.</param>
    /// <param name="value">The value as text.</param>
    public void Set(string name, string value) => _attributes[name] = value;

    /// <summary>Creates the row.</summary>
    /// <param name="service">The service.</param>
    /// <param name="error">The reason for which the span is not valid; null if it is valid.</param>
    public StoredSpan? Build(string service, out string? error)
    {
        error = this switch
        {
            _ when !IsId(TraceId, TraceIdLength) =>
                "A trace id (traceId) must have 16 bytes that are not all zero, in JSON 32 hexadecimal digits.",
            _ when !IsId(SpanId, SpanIdLength) =>
                "A span id (spanId) must have 8 bytes that are not all zero, in JSON 16 hexadecimal digits.",
            _ when ParentId.Length > 0 && !IsHex(ParentId, SpanIdLength) =>
                "The id of a parent (parentSpanId) must have 8 bytes, in JSON 16 hexadecimal digits, or be absent.",
            _ when Start is 0 or > MaxNanoseconds || End is 0 or > MaxNanoseconds => "A span must have a start and an end before 2200.",
            _ => null,
        };
        if (error is not null)
        {
            return null;
        }

        var (peerKind, peer, system) = GetPeer();
        return new(
            TraceId.ToLowerInvariant(),
            SpanId.ToLowerInvariant(),
            IsId(ParentId, SpanIdLength) ? ParentId.ToLowerInvariant() : null,
            ToTime(Start),
            // A clock that was set back.
            End > Start ? TimeSpan.FromTicks((long)(End - Start) / NanosecondsPerTick) : TimeSpan.Zero,
            Kind is >= 0 and <= (long)SpanKind.Consumer ? (SpanKind)Kind : SpanKind.Unspecified,
            Limit(Name),
            service,
            peerKind,
            peer,
            system,
            Status == ErrorStatus,
            Get(SpanAttributes.ErrorType),
            ExceptionType is null ? null : Limit(ExceptionType),
            GetStatus(),
            Get(SpanAttributes.HttpRoute),
            Get(JourneyKeys.SessionId),
            Get(JourneyKeys.JourneyId),
            Get(JourneyKeys.UserSegment),
            Get(JourneyKeys.Experiment),
            Get(JourneyKeys.ExperimentGroup),
            _attributes.ContainsKey(SpanAttributes.SyntheticType),
            GetAdjustedCount());
    }

    /// <summary>Returns a text as it can be stored.</summary>
    public static string Limit(string text) => StoredText.Limit(text, MaxTextLength);

    private (string? Kind, string? Peer, string? System) GetPeer()
    {
        if (Get(SpanAttributes.MessagingSystem) is { } broker)
        {
            return (PeerKinds.Messaging, Get(SpanAttributes.MessagingDestination) ?? broker, broker);
        }

        if (Kind != (long)SpanKind.Client)
        {
            return default;
        }

        if ((Get(SpanAttributes.DatabaseSystem) ?? Get(SpanAttributes.OldDatabaseSystem)) is { } database)
        {
            // The databases of Redis have numbers, which name nothing.
            var name = Get(SpanAttributes.DatabaseName) ?? Get(SpanAttributes.OldDatabaseName);
            return (PeerKinds.Database, name is null || name.All(char.IsAsciiDigit) ? database : Limit($"{database}/{name}"), database);
        }

        var host = Get(SpanAttributes.ServerAddress) ?? Get(SpanAttributes.OldPeerName);
        var port = Get(SpanAttributes.ServerPort) ?? Get(SpanAttributes.OldPeerPort);
        return host is null ? default : (PeerKinds.Service, port is null ? host : Limit($"{host}:{port}"), null);
    }

    private int? GetStatus() =>
        int.TryParse(Get(SpanAttributes.HttpStatus) ?? Get(SpanAttributes.OldHttpStatus), CultureInfo.InvariantCulture, out var status)
        && status is >= 100 and <= 999
            ? status
            : null;

    private double GetAdjustedCount() =>
        double.TryParse(Get(SpanAttributes.AdjustedCount), CultureInfo.InvariantCulture, out var count) && count is >= 0 and <= 1e9
            ? count
            : 1;

    private string? Get(string name) => _attributes.TryGetValue(name, out var value) && value.Length > 0 ? Limit(value) : null;

    private static bool IsId(string text, int length) => IsHex(text, length) && text.AsSpan().ContainsAnyExcept('0');

    private static bool IsHex(string text, int length) => text.Length == length && text.All(char.IsAsciiHexDigit);

    private static DateTimeOffset ToTime(ulong nanoseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks((long)nanoseconds / NanosecondsPerTick);
}
