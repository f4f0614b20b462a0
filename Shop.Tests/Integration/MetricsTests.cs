using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Aspire.Hosting.Testing;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration;

[Collection(WholeApplication.Name)]
public sealed partial class MetricsTests(ShopApp shop)
{
    [Theory]
    [InlineData("catalog")]
    [InlineData("cart")]
    [InlineData("orders")]
    public async Task Metrics_have_an_endpoint_of_their_own(string service)
    {
        using var own = shop.App.CreateHttpClient(service, "management");
        using var open = shop.App.CreateHttpClient(service, "http");

        Assert.Contains("dotnet_process_memory_working_set_bytes", await own.GetStringAsync("/metrics"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await own.GetAsync("/health")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await open.GetAsync("/metrics")).StatusCode);
    }

    [Fact]
    public async Task A_bucket_leads_to_a_trace_that_is_in_the_dashboard()
    {
        var visitor = new Visitor(shop);
        var sku = await shop.AnyProductAsync();
        await visitor.PutAsync(sku, quantity: 1);

        var buckets = await Eventually.ReadAsync(
            async () => (await ScrapeAsync("cart")).Split('\n').Where(line => line.StartsWith("http_server_request_duration_seconds_bucket", StringComparison.Ordinal)
                && line.Contains("/lines/{sku}", StringComparison.Ordinal) && line.Contains("trace_id", StringComparison.Ordinal)).ToList(),
            lines => lines.Count > 0);

        var trace = TraceOf().Match(buckets[0]).Groups[1].Value;
        Assert.NotEmpty(await Eventually.ReadAsync(() => shop.Telemetry.SpansOfAsync(trace), spans => spans.Count > 0));
    }

    [Fact]
    public async Task What_happens_in_the_shop_is_counted()
    {
        var visitor = new Visitor(shop);
        await visitor.PutAsync(await shop.AnyProductAsync(), quantity: 1);
        await visitor.SettledAsync(await visitor.CheckOutAsync("tok_declined"));

        Assert.Matches("shop_cart_changes_total\\{[^}]*shop_cart_change=\"added\"", await ScrapeAsync("cart"));
        Assert.Matches("shop_checkout_value[^{]*\\{[^}]*shop_currency=\"EUR\"", await ScrapeAsync("cart"));
        Assert.Matches("shop_payments_total\\{[^}]*shop_payment_answer=\"declined\"", await ScrapeAsync("orders"));
        Assert.Matches("shop_orders_total\\{[^}]*shop_order_status=\"rejected\"[^}]*shop_reason=\"payment_declined\"", await ScrapeAsync("orders"));
        Assert.Matches("shop_stock_reservations_total\\{[^}]*shop_stock_outcome=\"reserved\"", await ScrapeAsync("catalog"));
    }

    [Fact]
    public async Task Orders_that_are_cancelled_or_refunded_are_counted_and_what_goes_back()
    {
        var undecided = await new Buyer(shop).BuyAsync("tok_abandoned");
        await undecided.WhenAwaitedAsync();
        (await undecided.CancelAsync()).EnsureSuccessStatusCode().Dispose();
        var sorry = await new Buyer(shop).BuyAsync("tok_ok");
        await sorry.WhenAsync("Confirmed");
        var before = RefundedOf(await ScrapeAsync("orders"));
        (await sorry.RefundAsync()).EnsureSuccessStatusCode().Dispose();

        var total = (await sorry.ReadAsync()).GetProperty("total").GetProperty("amount").GetInt64();
        // Who asks twice in a moment is told the same twice.
        var scraped = await Eventually.ReadAsync(() => ScrapeAsync("orders"), scraped => RefundedOf(scraped) == before + total);
        Assert.Matches("shop_orders_total\\{[^}]*shop_order_status=\"cancelled\"", scraped);
        Assert.Matches("shop_orders_total\\{[^}]*shop_order_status=\"refunded\"", scraped);
    }

    private static long RefundedOf(string scraped) => RefundValue().Match(scraped) is { Success: true } match ? long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex("^shop_refund_value[^{]*\\{[^}]*shop_currency=\"EUR\"[^}]*\\} (\\d+)", RegexOptions.Multiline)]
    private static partial Regex RefundValue();

    private async Task<string> ScrapeAsync(string service)
    {
        using var client = shop.App.CreateHttpClient(service, "management");
        client.DefaultRequestHeaders.TryAddWithoutValidation("Accept", "application/openmetrics-text; version=1.0.0");
        return await client.GetStringAsync("/metrics");
    }

    [GeneratedRegex("trace_id=\"([0-9a-f]{32})\"")]
    private static partial Regex TraceOf();
}
