namespace Shop.Insights.Spans;

/// <summary>A span as a row.</summary>
/// <param name="TraceId">The trace, as 32 hexadecimal digits.</param>
/// <param name="SpanId">The span, as 16 hexadecimal digits.</param>
/// <param name="ParentId">The parent; null for the root of a trace.</param>
/// <param name="Time">When the span started.</param>
/// <param name="Duration">How long it took.</param>
/// <param name="Kind">The kind.</param>
/// <param name="Name">The name.</param>
/// <param name="Service">The service.</param>
/// <param name="PeerKind">What the span calls: <c>service</c>, <c>database</c> or <c>messaging</c>; null if it calls nothing.</param>
/// <param name="Peer">The address of the service, the database, or the destination of the message.</param>
/// <param name="System">The kind of database or broker, such as <c>postgresql</c>.</param>
/// <param name="Failed">Whether the status of the span is an error.</param>
/// <param name="ErrorType">The class of the error.</param>
/// <param name="ExceptionType">The type of the first exception that the span recorded as an event.</param>
/// <param name="HttpStatus">The status code of the response.</param>
/// <param name="Route">The route of a request.</param>
/// <param name="SessionId">The session of the visitor.</param>
/// <param name="JourneyId">The journey of the visitor.</param>
/// <param name="Segment">The segment of the visitor.</param>
/// <param name="Experiment">The experiment that the visitor takes part in.</param>
/// <param name="Variant">The group of the experiment.</param>
/// <param name="Synthetic">Whether the visitor is synthetic: simulated, or a crawler.</param>
/// <param name="AdjustedCount">
/// The adjusted count, in the column <c>weight</c>: the number of spans that this one stands for; 0 if only tail sampling exported it,
/// because the sampled spans include it already.
/// </param>
internal sealed record StoredSpan(
    string TraceId,
    string SpanId,
    string? ParentId,
    DateTimeOffset Time,
    TimeSpan Duration,
    SpanKind Kind,
    string Name,
    string Service,
    string? PeerKind,
    string? Peer,
    string? System,
    bool Failed,
    string? ErrorType,
    string? ExceptionType,
    int? HttpStatus,
    string? Route,
    string? SessionId,
    string? JourneyId,
    string? Segment,
    string? Experiment,
    string? Variant,
    bool Synthetic,
    double AdjustedCount);

/// <summary>The kind of a span, with the numbers of OTLP.</summary>
internal enum SpanKind
{
    /// <summary>Not known.</summary>
    Unspecified = 0,

    /// <summary>An operation within a service.</summary>
    Internal = 1,

    /// <summary>The handling of a request.</summary>
    Server = 2,

    /// <summary>A request to another service, a database or a cache.</summary>
    Client = 3,

    /// <summary>The sending of a message.</summary>
    Producer = 4,

    /// <summary>The processing of a message.</summary>
    Consumer = 5,
}

/// <summary>What a span calls.</summary>
internal static class PeerKinds
{
    public const string Service = "service";
    public const string Database = "database";
    public const string Messaging = "messaging";
}
