using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Shop.Bench.Insights;

/// <summary>Requests with spans, as the exporter of OpenTelemetry writes them.</summary>
internal static class SpanBodies
{
    /// <summary>The number of spans of a request: what the batch processor of OpenTelemetry exports at once by default.</summary>
    public const int SpansPerBody = 512;

    /// <summary>The service that the spans are from.</summary>
    public const string Service = "bench";

    private const int SpansPerTrace = 8;

    /// <summary>Creates requests whose spans are new.</summary>
    public static IReadOnlyList<byte[]> Create(int count, bool gzip)
    {
        using var recorder = new BodyRecorder(gzip);
        using var source = new ActivitySource($"Shop.Bench.{Guid.NewGuid():N}");
        var exporter = new OtlpTraceExporter(new()
        {
            Protocol = OtlpExportProtocol.HttpProtobuf,
            Endpoint = new("http://localhost/v1/traces"),
            HttpClientFactory = () => new HttpClient(recorder, disposeHandler: false),
        });
        using (Sdk.CreateTracerProviderBuilder()
            .ConfigureResource(resource => resource.Clear().AddService(Service, serviceInstanceId: "bench-1"))
            .SetSampler(new AlwaysOnSampler())
            .AddSource(source.Name)
            .AddProcessor(new FullBatchProcessor(exporter))
            .Build())
        {
            for (var span = 0; span < count * SpansPerBody; span += SpansPerTrace)
            {
                AddTrace(source);
            }
        }

        return recorder.Bodies.Count == count
            ? recorder.Bodies
            : throw new InvalidOperationException($"The exporter wrote {recorder.Bodies.Count} requests instead of {count}.");
    }

    // A request, its queries and its calls, with the attributes of the instrumentations.
    private static void AddTrace(ActivitySource source)
    {
        using var server = source.StartActivity("GET /products/{sku}", ActivityKind.Server, default(ActivityContext))!;
        AddJourney(server);
        server.SetTag("http.request.method", "GET").SetTag("http.route", "/products/{sku}").SetTag("http.response.status_code", 200)
            .SetTag("url.scheme", "http").SetTag("url.path", "/products/BAG-0101").SetTag("server.address", "localhost")
            .SetTag("server.port", 15100).SetTag("network.protocol.version", "1.1").SetTag("user_agent.original", "Mozilla/5.0 (X11)");
        for (var number = 1; number < SpansPerTrace; number++)
        {
            var isQuery = number % 2 == 0;
            using var client = source.StartActivity(isQuery ? "SELECT catalogdb" : "GET", ActivityKind.Client)!;
            AddJourney(client);
            client.SetTag("server.address", "localhost").SetTag("server.port", isQuery ? 5432 : 15110);
            if (isQuery)
            {
                client.SetTag("db.system.name", "postgresql").SetTag("db.namespace", "catalogdb")
                    .SetTag("db.query.text", "select p.sku, p.name, p.description from products p where p.sku = $1");
            }
            else
            {
                client.SetTag("http.request.method", "GET").SetTag("http.response.status_code", 200)
                    .SetTag("url.full", "http://localhost:15110/api/v1/products/BAG-0101").SetTag("network.protocol.version", "1.1");
            }
        }
    }

    private static void AddJourney(Activity activity) =>
        activity.SetTag("session.id", "0f8fad5bd9cb469fa16570867728950e").SetTag("shop.journey.id", "7c9e6679742540de944be07fc1f90ae7")
            .SetTag("shop.user.segment", "returning");

    /// <summary>Exports batches of the same size.</summary>
    private sealed class FullBatchProcessor(OtlpTraceExporter target) : BaseExportProcessor<Activity>(target)
    {
        private readonly List<Activity> _batch = [];

        protected override void OnExport(Activity data)
        {
            _batch.Add(data);
            if (_batch.Count == SpansPerBody)
            {
                exporter.Export(new([.. _batch], SpansPerBody));
                _batch.Clear();
            }
        }
    }

    /// <summary>Keeps the bodies of requests and sends nothing.</summary>
    private sealed class BodyRecorder(bool gzip) : HttpMessageHandler
    {
        public List<byte[]> Bodies { get; } = [];

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            using var body = new MemoryStream();
            using (Stream output = gzip ? new GZipStream(body, CompressionLevel.Fastest) : body)
            {
                request.Content!.CopyTo(output, null, cancellationToken);
            }

            Bodies.Add(body.ToArray());
            return new(HttpStatusCode.OK);
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(Send(request, cancellationToken));
    }
}
