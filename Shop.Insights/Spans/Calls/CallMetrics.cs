using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Shop.Insights.Spans.Calls;

/// <summary>
/// The calls between services as metrics. The names, the attributes and the buckets are those of the Service Graph Connector of the
/// OpenTelemetry Collector, so that its dashboards show them.
/// </summary>
/// <remarks>https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/connector/servicegraphconnector</remarks>
internal sealed class CallMetrics
{
    private const string User = "user";
    private const string Database = "database";
    private const string Messaging = "messaging_system";
    private const string VirtualNode = "virtual_node";

    private const int MaxAddresses = 1000;

    private static readonly InstrumentAdvice<double> _buckets = new()
    {
        HistogramBucketBoundaries = [0.002, 0.004, 0.006, 0.008, 0.01, 0.05, 0.1, 0.2, 0.4, 0.8, 1, 1.4, 2, 5, 10, 15],
    };

    // The services that were reached at an address. Called by one thread.
    private readonly Dictionary<string, string> _addresses = new(StringComparer.Ordinal);

    private readonly Counter<long> _requests;
    private readonly Counter<long> _failed;
    private readonly Histogram<double> _server;
    private readonly Histogram<double> _client;
    private readonly Counter<long> _unpaired;
    private readonly Counter<long> _dropped;

    public CallMetrics(IMeterFactory meters, IHostEnvironment host)
    {
        var meter = meters.Create(host.ApplicationName);
        _requests = meter.CreateCounter<long>(
            "traces_service_graph_request_total", null, "Number of requests between two nodes, of the spans that were stored.");
        _failed = meter.CreateCounter<long>(
            "traces_service_graph_request_failed_total",
            null,
            "Number of failed requests between two nodes, of the spans that were stored.");
        _server = meter.CreateHistogram(
            "traces_service_graph_request_server_seconds", "s", "Time of a request as the server measures it.", null, _buckets);
        _client = meter.CreateHistogram(
            "traces_service_graph_request_client_seconds", "s", "Time of a request as the client measures it.", null, _buckets);
        _unpaired = meter.CreateCounter<long>(
            "traces_service_graph_unpaired_spans_total", null, "Number of spans whose other end is not known.");
        _dropped = meter.CreateCounter<long>(
            "traces_service_graph_dropped_spans_total",
            null,
            "Number of spans that were not counted, because too many were waiting or the database has failed.");
    }

    /// <summary>Determines whether a call is counted by a span: that of a client or a consumer, or of a server without a parent.</summary>
    public static bool IsCall(StoredSpan span) =>
        span is { Kind: SpanKind.Client or SpanKind.Consumer } or { Kind: SpanKind.Server, ParentId: null };

    /// <summary>Counts a call.</summary>
    /// <param name="span">The span of a client, of a consumer, or of a server without a parent.</param>
    /// <param name="other">The other end: the server of a client, or the producer of a consumer; null if there is none.</param>
    public void Add(StoredSpan span, CallEnd? other)
    {
        switch (span)
        {
            case { Kind: SpanKind.Server }:
                Record(User, span.Service, VirtualNode, null, span.Duration, span.Failed);
                break;
            case { Kind: SpanKind.Consumer } when other is { } producer:
                Record(producer.Service, span.Service, Messaging, producer.Duration, span.Duration, span.Failed || producer.Failed);
                break;
            case { Kind: SpanKind.Consumer, Peer: { } queue }:
                // Its producer is linked and not its parent, or its span was not sent.
                Record(queue, span.Service, Messaging, null, span.Duration, span.Failed);
                break;
            case { Kind: SpanKind.Client } when other is { } server:
                if (span is { PeerKind: PeerKinds.Service, Peer: { } called }
                    && (_addresses.Count < MaxAddresses || _addresses.ContainsKey(called)))
                {
                    _addresses[called] = server.Service;
                }

                // A call within a service is none between two.
                if (server.Service != span.Service)
                {
                    Record(span.Service, server.Service, "", span.Duration, server.Duration, span.Failed || server.Failed);
                }

                break;
            case { Kind: SpanKind.Client, PeerKind: PeerKinds.Database, Peer: { } database }:
                // As the connector does: a database has no span.
                Record(span.Service, database, Database, span.Duration, span.Duration, span.Failed);
                break;
            case { Kind: SpanKind.Client, PeerKind: PeerKinds.Messaging, Peer: { } destination }:
                Record(span.Service, destination, Messaging, span.Duration, null, span.Failed);
                break;
            case { Kind: SpanKind.Client, PeerKind: PeerKinds.Service, Peer: { } address }:
                if (!_addresses.TryGetValue(address, out var known))
                {
                    Record(span.Service, address, VirtualNode, span.Duration, null, span.Failed);
                }
                else if (known != span.Service)
                {
                    // It did not answer, or its span is late.
                    Record(span.Service, known, "", span.Duration, null, span.Failed);
                }

                break;
            default:
                _unpaired.Add(
                    1,
                    span.Kind is SpanKind.Consumer ? CreateTags("", span.Service, Messaging) : CreateTags(span.Service, "", ""));
                break;
        }
    }

    /// <summary>Counts spans by which calls should have been counted.</summary>
    public void AddDropped(int count) => _dropped.Add(count);

    private void Record(string client, string server, string type, TimeSpan? clientTime, TimeSpan? serverTime, bool failed)
    {
        var tags = CreateTags(client, server, type);
        _requests.Add(1, tags);
        if (failed)
        {
            _failed.Add(1, tags);
        }

        if (clientTime is { } seenByClient)
        {
            _client.Record(seenByClient.TotalSeconds, tags);
        }

        if (serverTime is { } seenByServer)
        {
            _server.Record(seenByServer.TotalSeconds, tags);
        }
    }

    private static TagList CreateTags(string client, string server, string type) =>
        new() { { "client", client }, { "server", server }, { "connection_type", type } };
}

/// <summary>The other end of a call.</summary>
/// <param name="Service">The service.</param>
/// <param name="Duration">How long its span took.</param>
/// <param name="Failed">Whether its span failed.</param>
internal readonly record struct CallEnd(string Service, TimeSpan Duration, bool Failed);
