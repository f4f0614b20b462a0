using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Shop.Telemetry.Propagation;

/// <summary>
/// The secret with which a caller proves that it is a service of the application. A request without it comes from an
/// untrusted caller, whose trace context and baggage are not continued.
/// </summary>
public sealed class ServiceKey
{
    /// <summary>The name of the request header with the key.</summary>
    public const string HeaderName = "Shop-Service-Key";

    internal ServiceKey(IOptions<ServiceKeyOptions> options) =>
        Value = options.Value.ServiceKey is { Length: > 0 } value ? value : null;

    /// <summary>Gets the key; <see langword="null"/> if none is configured.</summary>
    internal string? Value { get; }

    /// <summary>Determines whether a request has the key of this application. The comparison takes constant time.</summary>
    /// <param name="request">The request.</param>
    /// <returns><see langword="true"/> for a request of a service; always <see langword="false"/> if no key is configured.</returns>
    public bool IsValid(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return IsValid(request.Headers[HeaderName]);
    }

    /// <summary>Determines whether the value of the header is the key.</summary>
    internal bool IsValid(string? candidate) =>
        candidate is not null && Value is not null
        && CryptographicOperations.FixedTimeEquals(MemoryMarshal.AsBytes(candidate.AsSpan()), MemoryMarshal.AsBytes(Value.AsSpan()));
}
