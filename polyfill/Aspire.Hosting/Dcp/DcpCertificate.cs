using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Aspire.Hosting.Dcp;

/// <summary>
/// A certificate for this run of DCP. Left alone, DCP makes an RSA key of 4096 bits at each start, which takes seconds; this takes
/// milliseconds, and trust is simple: the server must show this very certificate.
/// </summary>
internal sealed class DcpCertificate : IDisposable
{
    private readonly X509Certificate2 _certificate;

    private DcpCertificate(X509Certificate2 certificate) => _certificate = certificate;

    public static DcpCertificate Write(string certificateFile, string keyFile)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Aspire DCP", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());

        var now = DateTimeOffset.UtcNow;
        var certificate = request.CreateSelfSigned(now.AddHours(-1), now.AddYears(1));
        File.WriteAllText(certificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());

        return new(certificate);
    }

    public bool IsSameAs(X509Certificate? shown) => shown is not null && shown.GetRawCertData().AsSpan().SequenceEqual(_certificate.RawData);

    public void Dispose() => _certificate.Dispose();
}
