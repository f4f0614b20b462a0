using System.Diagnostics.Metrics;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Configuration;
using OpenTelemetry.Exporter;
using Shop.Telemetry.Propagation;

namespace Shop.Telemetry.Export;

/// <summary>
/// Creates the HTTP clients of the exporters, and of what else this library requests by itself. They have no resilience handlers and no
/// service discovery, since their users retry themselves, and their calls are neither traced nor counted in
/// <c>http.client.request.duration</c>.
/// </summary>
internal static class OtlpHttpClient
{
    /// <summary>Creates the client of a collector.</summary>
    public static HttpClient Create(OtlpExporterOptions otlp, IConfiguration configuration, string signal)
    {
        var handler = CreateHandler();
        handler.SslOptions = CreateSslOptions(configuration, signal);
        return Create(
            handler,
            TimeSpan.FromMilliseconds(otlp.TimeoutMilliseconds),
            otlp.MaxResponseSizeBytes,
            OtlpVariables.ParseHeaders(configuration.GetOtlp(signal, "HEADERS") ?? "") ?? []);
    }

    /// <summary>Creates the client of a service of the application, which gets the service key.</summary>
    public static HttpClient CreateForService(OtlpExporterOptions otlp, ServiceKey key) =>
        CreateForService(key, TimeSpan.FromMilliseconds(otlp.TimeoutMilliseconds), otlp.MaxResponseSizeBytes);

    /// <summary>Creates the client of a service of the application, which gets the service key.</summary>
    public static HttpClient CreateForService(ServiceKey key, TimeSpan timeout, long maxResponseBytes)
    {
        var handler = CreateHandler();
        // A proxy of the environment would get the service key, and may not reach the service.
        handler.UseProxy = false;
        return Create(handler, timeout, maxResponseBytes, key.Value is { } value ? [(ServiceKey.HeaderName, value)] : []);
    }

    private static SocketsHttpHandler CreateHandler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        MeterFactory = UnobservedMeterFactory.Instance,
    };

    private static HttpClient Create(
        SocketsHttpHandler handler, TimeSpan timeout, long maxResponseBytes, IReadOnlyList<(string Name, string Value)> headers)
    {
        var client = new HttpClient(handler) { MaxResponseContentBufferSize = maxResponseBytes, Timeout = timeout };
        foreach (var (name, value) in headers)
        {
            client.DefaultRequestHeaders.TryAddWithoutValidation(name, value);
        }

        return client;
    }

    // The exporters know the certificates for all signals only, and not those of one signal.
    private static SslClientAuthenticationOptions CreateSslOptions(IConfiguration configuration, string signal)
    {
        var options = new SslClientAuthenticationOptions();
        if (configuration.GetOtlp(signal, "CERTIFICATE") is { } authority)
        {
            options.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            options.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(authority);
        }

        if (configuration.GetOtlp(signal, "CLIENT_CERTIFICATE") is { } certificate)
        {
            using var pem = X509Certificate2.CreateFromPemFile(certificate, configuration.GetOtlp(signal, "CLIENT_KEY"));
            // Windows cannot use a key that was read from a PEM file.
            options.ClientCertificates = [X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null)];
        }

        return options;
    }

    // The meter of HttpClient has the name System.Net.Http, by which it is selected. This one has another name.
    private sealed class UnobservedMeterFactory : IMeterFactory
    {
        public static readonly UnobservedMeterFactory Instance = new();

        private readonly Meter _meter = new("Shop.Telemetry.Export.HttpClient");

        public Meter Create(MeterOptions options) => _meter;

        public void Dispose()
        {
        }
    }
}
