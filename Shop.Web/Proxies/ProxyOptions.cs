using System.Net;
using Microsoft.Extensions.Options;

namespace Shop.Web.Proxies;

/// <summary>The proxies in front of a service, such as an ingress.</summary>
public sealed class ProxyOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Shop:Proxies";

    /// <summary>
    /// Addresses and networks of the proxies whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> headers are believed, separated by
    /// commas: <c>10.0.0.0/8, 192.0.2.7</c>. The headers of all other callers are ignored, except for those of services with the key.
    /// </summary>
    public string Trusted { get; set; } = "";

    /// <summary>Parses <see cref="Trusted"/>; an address is a network of one.</summary>
    /// <exception cref="FormatException">An entry is neither an address nor a network.</exception>
    internal IReadOnlyList<IPNetwork> ParseTrusted() =>
    [
        .. from entry in Trusted.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
           select IPAddress.TryParse(entry, out var address)
               ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
               : IPNetwork.Parse(entry),
    ];
}

internal sealed class ProxyOptionsValidator : IValidateOptions<ProxyOptions>
{
    public ValidateOptionsResult Validate(string? name, ProxyOptions options)
    {
        try
        {
            options.ParseTrusted();
            return ValidateOptionsResult.Success;
        }
        catch (FormatException exception)
        {
            return ValidateOptionsResult.Fail($"{nameof(ProxyOptions.Trusted)}: {exception.Message}");
        }
    }
}
