using System.Collections.Frozen;
using Shop.Telemetry.Journeys;

namespace Shop.Insights.Spans;

/// <summary>The attributes of spans that are read. The names are those of OpenTelemetry; all others are skipped.</summary>
internal static class SpanAttributes
{
    public const string ServiceName = "service.name";
    public const string ErrorType = "error.type";
    public const string ExceptionType = "exception.type";
    public const string HttpStatus = "http.response.status_code";
    public const string HttpRoute = "http.route";
    public const string ServerAddress = "server.address";
    public const string ServerPort = "server.port";
    public const string DatabaseSystem = "db.system.name";
    public const string DatabaseName = "db.namespace";
    public const string MessagingSystem = "messaging.system";
    public const string MessagingDestination = "messaging.destination.name";
    public const string SyntheticType = "user_agent.synthetic.type";
    public const string AdjustedCount = "shop.sampling.adjusted_count";

    // Names of earlier conventions, which other services and instrumentations still use.
    public const string OldHttpStatus = "http.status_code";
    public const string OldDatabaseSystem = "db.system";
    public const string OldDatabaseName = "db.name";
    public const string OldPeerName = "net.peer.name";
    public const string OldPeerPort = "net.peer.port";

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> _names = new[]
    {
        ServiceName, ErrorType, ExceptionType, HttpStatus, HttpRoute, ServerAddress, ServerPort, DatabaseSystem, DatabaseName,
        MessagingSystem, MessagingDestination, SyntheticType, AdjustedCount, OldHttpStatus, OldDatabaseSystem, OldDatabaseName,
        OldPeerName, OldPeerPort, JourneyKeys.SessionId, JourneyKeys.JourneyId, JourneyKeys.UserSegment, JourneyKeys.Experiment,
        JourneyKeys.ExperimentGroup,
    }.ToFrozenSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Gets the length of the longest name.</summary>
    public static int MaxNameLength { get; } = _names.Set.Max(name => name.Length);

    /// <summary>Finds the name of an attribute that is read; null for any other.</summary>
    public static string? Find(ReadOnlySpan<char> name) => _names.TryGetValue(name, out var found) ? found : null;
}
