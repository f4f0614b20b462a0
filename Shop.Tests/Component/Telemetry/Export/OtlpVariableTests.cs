using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shop.Telemetry.Sampling;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Telemetry.Export;

[Collection(TracingTestGroup.Name)]
public sealed class OtlpVariableTests : IDisposable
{
    private const string Samplers =
        "always_on or always_off or traceidratio or parentbased_always_on or parentbased_always_off or parentbased_traceidratio";

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
    [InlineData("OTEL_METRICS_EXPORTER", "prometheus", new[] { "/v1/logs", "/v1/traces" })]
    [InlineData("OTEL_METRICS_EXPORTER", "otlp,prometheus", new[] { "/v1/logs", "/v1/metrics", "/v1/traces" })]
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
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", "http/json", "grpc or http/protobuf")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "gprc", "gprc", "grpc or http/protobuf")]
    [InlineData("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "collector:4317", "collector:4317", "an http:// or https:// URL")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT", "10s", "10s", "a positive number")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "secret", "(hidden)", "key=value pairs, separated by commas")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%0Ab", "(hidden)", "key=value pairs, separated by commas")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "api key=a", "(hidden)", "key=value pairs, separated by commas")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_COMPRESSION", "zstd", "zstd", "gzip or none")]
    [InlineData("OTEL_TRACES_EXPORTER", "zipkin", "zipkin", "otlp or none")]
    [InlineData("OTEL_TRACES_SAMPLER", "typo", "typo", Samplers)]
    [InlineData("OTEL_SDK_DISABLED", "yes", "yes", "true or false")]
    [InlineData("OTEL_BSP_MAX_QUEUE_SIZE", "many", "many", "a positive number")]
    [InlineData("OTEL_BLRP_SCHEDULE_DELAY", "-1", "-1", "a positive number")]
    [InlineData("OTEL_METRIC_EXPORT_INTERVAL", "1m", "1m", "a positive number")]
    [InlineData("OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY", "on", "on", "in_memory or disk")]
    public async Task Invalid_value_is_ignored_with_one_warning(string variable, string value, string shown, string expected)
    {
        await using var service = await TestService.Build(settings:
            [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"), (variable, value)]).StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await service.Client.GetAsync("/echo")).StatusCode);

        AssertIgnored(service, variable, shown, expected);
    }

    [Theory]
    [InlineData(null, "10", "OTEL_TRACES_SAMPLER_ARG", "0 or a number from 0.000001 to 1")]
    [InlineData(null, "-1", "OTEL_TRACES_SAMPLER_ARG", "0 or a number from 0.000001 to 1")]
    [InlineData(null, "abc", "OTEL_TRACES_SAMPLER_ARG", "0 or a number from 0.000001 to 1")]
    [InlineData(null, "NaN", "OTEL_TRACES_SAMPLER_ARG", "0 or a number from 0.000001 to 1")]
    [InlineData("typo", "10", "OTEL_TRACES_SAMPLER", Samplers)] // no sampler reads the argument
    public async Task Invalid_sampler_or_probability_is_ignored_with_one_warning(
        string? sampler, string argument, string variable, string expected)
    {
        await using var service = await TestService.Build(settings:
            [("OTEL_TRACES_SAMPLER", sampler ?? "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", argument)]).StartAsync();

        AssertIgnored(service, variable, sampler ?? argument, expected);
        var options = service.Services.GetRequiredService<IOptions<TraceSamplingOptions>>().Value;
        // 1 is the default of the argument, and adaptive sampling the one of the sampler.
        Assert.Equal((1, sampler is null ? 0 : 100), (options.Probability, options.TargetPerSecond));
    }

    [Theory]
    [InlineData("api-key=a%2Cb", "a,b")]
    [InlineData("api-key=a%2Cb%3D%3D, tenant=shop", "a,b==")]
    [InlineData("api-key=plain,", "plain")]
    [InlineData(" api-key = Basic%20YTpi ,tenant=", "Basic YTpi")]
    [InlineData("api%2Dkey=a==", "a==")]
    public async Task Header_has_its_decoded_value(string headers, string expected)
    {
        await using var collector = await OtlpReceiver.StartAsync();
        var service = TestService.Build(settings:
        [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_EXPORTER_OTLP_HEADERS", headers), ("Shop:TraceSampling:TargetPerSecond", "0"),
        ]);
        await service.StartAsync();
        (await service.Client.GetAsync("/echo")).Dispose();
        await service.DisposeAsync();

        Assert.DoesNotContain(service.Records, record => record.EventId.Name == "telemetry.variable_ignored");
        Assert.Equal(_allSignals, collector.Received.Keys.Order());
        Assert.All(collector.Requests, request => Assert.Equal(expected, request["api-key"]));
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

    private static void AssertIgnored(TestService service, string variable, string value, string expected)
    {
        var record = Assert.Single(service.Records, record => record.EventId.Name == "telemetry.variable_ignored");
        Assert.Equal(LogLevel.Warning, record.LogLevel);
        Assert.Equal($"Ignored {variable}={value}: expected {expected}", record.FormattedMessage);
        Assert.Equal(variable, record.Values()["Variable"]);
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
