using System.Globalization;
using System.Text.RegularExpressions;
using Aspire.Hosting.Testing;

namespace Shop.Tests.Integration.Support;

/// <summary>The counters of journey events on the metrics page of a service.</summary>
internal static partial class JourneyEventCounts
{
    /// <summary>Returns the counters by the last part of their name, such as <c>published</c>.</summary>
    public static async Task<IReadOnlyDictionary<string, long>> ReadAsync(ShopApp shop, string service)
    {
        using var client = shop.App.CreateHttpClient(service, "management");
        return Counter().Matches(await client.GetStringAsync("/metrics"))
            .ToDictionary(match => match.Groups[1].Value, match => long.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));
    }

    [GeneratedRegex(@"^shop_journey_events_(\w+)_total(?:\{[^}]*\})? (\d+)", RegexOptions.Multiline)]
    private static partial Regex Counter();
}
