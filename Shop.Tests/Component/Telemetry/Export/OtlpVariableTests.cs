using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Telemetry.Export;

[Collection(TracingTestGroup.Name)]
public sealed class OtlpVariableTests : IDisposable
{
    private static readonly string[] _allSignals = ["/v1/logs", "/v1/metrics", "/v1/traces"];

    private readonly string _directory = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("TRACES", "/v1/traces")]
    [InlineData("METRICS", "/v1/metrics")]
    [InlineData("LOGS", "/v1/logs")]
    public async Task Endpoint_of_one_signal_exports_this_signal_only(string signal, string path)
    {
        await using var collector = await OtlpReceiver.StartAsync();

        await RunAsync(
            ($"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT", $"{collector.Address}{path}"),
            ($"OTEL_EXPORTER_OTLP_{signal}_PROTOCOL", "http/protobuf"));

        Assert.Equal([path], collector.Received.Keys);
    }

    [Theory]
    [InlineData("OTEL_TRACES_EXPORTER", "none", new[] { "/v1/logs", "/v1/metrics" })]
    [InlineData("OTEL_METRICS_EXPORTER", "none", new[] { "/v1/logs", "/v1/traces" })]
    [InlineData("OTEL_LOGS_EXPORTER", "none", new[] { "/v1/metrics", "/v1/traces" })]
    [InlineData("OTEL_SDK_DISABLED", "true", new string[0])]
    [InlineData("OTEL_BSP_MAX_QUEUE_SIZE", "5", new[] { "/v1/logs", "/v1/metrics", "/v1/traces" })] // below the batch size
    [InlineData("OTEL_BLRP_MAX_QUEUE_SIZE", "5", new[] { "/v1/logs", "/v1/metrics", "/v1/traces" })]
    public async Task Variable_applies_as_specified(string variable, string value, string[] exported)
    {
        await using var collector = await OtlpReceiver.StartAsync();

        await RunAsync(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), (variable, value));

        Assert.Equal(exported, collector.Received.Keys.Order());
    }

    [Fact]
    public async Task Headers_and_compression_of_one_signal_take_precedence_over_those_of_all()
    {
        await using var collector = await OtlpReceiver.StartAsync();

        await RunAsync(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "tenant=all"), ("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "tenant=logs"),
            ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "gzip"));

        foreach (var request in collector.Requests)
        {
            Assert.Equal(request[":path"] == "/v1/logs" ? "logs" : "all", request["tenant"]);
            Assert.Equal(request[":path"] == "/v1/traces" ? "gzip" : null, request.GetValueOrDefault("content-encoding"));
        }

        Assert.Equal(_allSignals, collector.Received.Keys.Order());
    }

    [Fact]
    public async Task Timeout_of_one_signal_limits_its_exports()
    {
        await using var collector = await OtlpReceiver.StartAsync(failuresPerSignal: int.MaxValue);
        await using var service = await TestService.Build(settings:
        [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "1"), ("OTEL_BLRP_SCHEDULE_DELAY", "50"), ("OTEL_TRACES_EXPORTER", "none"),
        ]).StartAsync();

        // Retries have no time within 1 ms, so that each batch is sent at most once, and the next one soon after.
        await Eventually.ReadAsync(
            () =>
            {
                service.CreateLogger().WriteText("again");
                return Task.FromResult(service.Records.Count);
            },
            count => count > 50);
        Assert.True(collector.Requests.Count(request => request[":path"] == "/v1/logs") <= 50);
    }

    [Fact]
    public async Task Certificates_of_one_signal_authenticate_both_sides()
    {
        var (authority, server, client) = CreateCertificates();
        await using var collector = await OtlpReceiver.StartAsync(https: new HttpsConnectionAdapterOptions
        {
            ServerCertificate = server,
            ClientCertificateMode = ClientCertificateMode.RequireCertificate,
            ClientCertificateValidation = (certificate, _, _) => certificate.Thumbprint == client.Thumbprint,
        });
        var files = (
            Authority: Write("ca.pem", authority.ExportCertificatePem()),
            Certificate: Write("client.pem", client.ExportCertificatePem()),
            Key: Write("client.key", client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()));

        await RunAsync(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address.Replace("127.0.0.1", "localhost", StringComparison.Ordinal)),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_METRICS_EXPORTER", "none"), ("OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "500"),
            ("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", files.Authority), ("OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", files.Certificate),
            ("OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", files.Key));

        // The logs have no certificates.
        Assert.Equal(["/v1/traces"], collector.Received.Keys);
    }

    [Fact]
    public void Missing_certificate_file_stops_the_service_with_the_name_of_the_variable()
    {
        var exception = Assert.Throws<InvalidOperationException>(() => TestService.Build(settings:
            [("OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE", "/no/such/ca.pem")]));
        Assert.Equal("OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE=/no/such/ca.pem: the file does not exist.", exception.Message);
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", "=http/json is not grpc or http/protobuf. It is ignored.")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "gprc", "=gprc is not grpc or http/protobuf. It is ignored.")]
    [InlineData("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "collector:4317", "=collector:4317 is not an http:// or https:// URL. It is ignored.")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT", "10s", "=10s is not a positive number. It is ignored.")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "secret", "=(hidden) is not key=value pairs, separated by commas. It is ignored.")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_COMPRESSION", "zstd", "=zstd is not gzip or none. It is ignored.")]
    [InlineData("OTEL_TRACES_EXPORTER", "zipkin", "=zipkin is not otlp or none. It is ignored.")]
    [InlineData("OTEL_SDK_DISABLED", "yes", "=yes is not true or false. The default, false, applies.")]
    [InlineData("OTEL_BSP_MAX_QUEUE_SIZE", "many", "=many is not a positive number. The default, 10000, applies.")]
    [InlineData("OTEL_BLRP_SCHEDULE_DELAY", "-1", "=-1 is not a positive number. The default, 1000, applies.")]
    [InlineData("OTEL_METRIC_EXPORT_INTERVAL", "1m", "=1m is not a positive number. The default, 10000, applies.")]
    [InlineData("OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY", "on", "=on is not in_memory or disk. The default, in_memory, applies.")]
    public async Task Invalid_value_is_ignored_with_one_warning(string variable, string value, string warning)
    {
        await using var service = await TestService.Build(settings:
            [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"), (variable, value)]).StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await service.Client.GetAsync("/echo")).StatusCode);

        var record = Assert.Single(service.Records, record => record.EventId.Name == "telemetry.variable_ignored");
        Assert.Equal(LogLevel.Warning, record.LogLevel);
        Assert.Equal(variable + warning, record.FormattedMessage);
    }

    [Theory]
    [InlineData(null, "database")]
    [InlineData("", "database")]
    [InlineData("http", "http,database")]
    [InlineData("http, database/dup", "http, database/dup")]
    public async Task Stable_names_for_databases_are_selected_beside_other_conventions(string? optIn, string expected)
    {
        const string Variable = "OTEL_SEMCONV_STABILITY_OPT_IN";
        var before = Environment.GetEnvironmentVariable(Variable);
        try
        {
            await using var service = TestService.Build(settings: [(Variable, optIn)]);
            Assert.Equal(expected, Environment.GetEnvironmentVariable(Variable));
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, before);
        }
    }

    // All three signals are exported when the service stops.
    private static async Task RunAsync(params (string Name, string? Value)[] settings)
    {
        await using var service = await TestService.Build(settings:
            [.. settings, ("Shop:TraceSampling:TargetPerSecond", "0")]).StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await service.Client.GetAsync("/echo")).StatusCode);
    }

    private static (X509Certificate2 Authority, X509Certificate2 Server, X509Certificate2 Client) CreateCertificates()
    {
        var (from, to) = (DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var authorityKey = ECDsa.Create();
        var authorityRequest = new CertificateRequest("CN=Test CA", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var authority = authorityRequest.CreateSelfSigned(from, to);
        return (authority, Issue("localhost", 1), Issue("client", 2));

        X509Certificate2 Issue(string name, byte serial)
        {
            var key = ECDsa.Create();
            var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(name);
            request.CertificateExtensions.Add(names.Build());
            return request.Create(authority, from, to, [serial]).CopyWithPrivateKey(key);
        }
    }

    private string Write(string name, string content)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllText(path, content);
        return path;
    }
}
