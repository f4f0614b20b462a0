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
    public async Task Metrics_are_served_on_the_management_port_only(string service)
    {
        using var management = shop.App.CreateHttpClient(service, "management");
        using var http = shop.App.CreateHttpClient(service, "http");

        Assert.Contains("dotnet_process_memory_working_set_bytes", await management.GetStringAsync("/metrics"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await management.GetAsync("/health")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/metrics")).StatusCode);
    }

    [Fact]
    public async Task Exemplar_of_a_histogram_bucket_points_to_a_trace_in_the_dashboard()
    {
        var visitor = new Visitor(shop);
        var sku = await shop.AnyProductAsync();
        await visitor.PutAsync(sku, quantity: 1);

        var buckets = await Eventually.ReadAsync(
            async () => (await ScrapeAsync("cart")).Split('\n')
                .Where(line => line.StartsWith("http_server_request_duration_seconds_bucket", StringComparison.Ordinal))
                .Where(line => line.Contains("/lines/{sku}", StringComparison.Ordinal))
                .Where(line => line.Contains("trace_id", StringComparison.Ordinal))
                .ToList(),
            lines => lines.Count > 0);

        var trace = ExemplarTraceId().Match(buckets[0]).Groups[1].Value;
        Assert.NotEmpty(await Eventually.ReadAsync(() => shop.Telemetry.TraceSpansAsync(trace), spans => spans.Count > 0));
    }

    [Fact]
    public async Task Cart_checkout_payment_order_and_stock_metrics_are_recorded()
    {
        var visitor = new Visitor(shop);
        await visitor.PutAsync(await shop.AnyProductAsync(), quantity: 1);
        await visitor.WaitForOutcomeAsync(await visitor.CheckOutAsync("tok_declined"));

        Assert.Matches("shop_cart_changes_total\\{[^}]*shop_cart_change=\"added\"", await ScrapeAsync("cart"));
        Assert.Matches("shop_checkout_value[^{]*\\{[^}]*shop_currency=\"EUR\"", await ScrapeAsync("cart"));
        // An order is counted when its outcome is published.
        var scraped = await Eventually.ReadAsync(
            () => ScrapeAsync("orders"), scraped => scraped.Contains("shop_order_status=\"rejected\"", StringComparison.Ordinal));
        Assert.Matches("shop_payments_total\\{[^}]*shop_payment_outcome=\"declined\"", scraped);
        Assert.Matches("shop_orders_total\\{[^}]*shop_order_status=\"rejected\"[^}]*shop_reason=\"payment_declined\"", scraped);
        Assert.Matches("shop_stock_reservations_total\\{[^}]*shop_stock_outcome=\"reserved\"", await ScrapeAsync("catalog"));
    }

    [Fact]
    public async Task Cancelled_and_refunded_orders_and_the_refunded_value_are_counted()
    {
        var pending = await new Buyer(shop).BuyAsync("tok_abandoned");
        await pending.WaitForPendingPaymentAsync();
        (await pending.CancelAsync()).EnsureSuccessStatusCode().Dispose();
        var confirmed = await new Buyer(shop).BuyAsync("tok_ok");
        await confirmed.WaitForStatusAsync("Confirmed");
        var before = RefundedValue(await ScrapeAsync("orders"));
        (await confirmed.RefundAsync()).EnsureSuccessStatusCode().Dispose();

        var total = (await confirmed.ReadAsync()).GetProperty("total").GetProperty("amount").GetInt64();
        // The exporter caches a scrape for a short time.
        var scraped = await Eventually.ReadAsync(() => ScrapeAsync("orders"), scraped => RefundedValue(scraped) == before + total);
        Assert.Matches("shop_orders_total\\{[^}]*shop_order_status=\"cancelled\"", scraped);
        Assert.Matches("shop_orders_total\\{[^}]*shop_order_status=\"refunded\"", scraped);
    }

    [Fact]
    public async Task Revenue_is_counted_by_another_process_when_the_first_one_ended_after_it_had_saved_the_order()
    {
        var buyer = await new Buyer(shop).BuyAsync("tok_abandoned");
        await buyer.WaitForPendingPaymentAsync();
        var before = Value(OrderMetric(), await ScrapeAsync("orders"));
        var db = new Database(shop, "ordersdb");
        await new StockClient(shop).Client.CommitStockAsync(new() { OrderId = buyer.OrderId.ToString() });
        await db.RunAsync(
            """
            insert into order_changes (order_id, status, at, emitted_at)
            values ($1, 'Paid', now(), null), ($1, 'Confirmed', now(), null)
            """,
            buyer.OrderId);
        await db.RunAsync("update orders set status = 'Confirmed', due_at = now() where order_id = $1", buyer.OrderId);

        await buyer.WaitForCompletionAsync();

        var total = (await buyer.ReadAsync()).GetProperty("total").GetProperty("amount").GetInt64();
        await Eventually.ReadAsync(() => ScrapeAsync("orders"), scraped => Value(OrderMetric(), scraped) == before + total);
    }

    private static long RefundedValue(string scraped) => Value(RefundMetric(), scraped);

    private static long Value(Regex metric, string scraped) =>
        metric.Match(scraped) is { Success: true } match ? long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex("^shop_order_value[^{]*\\{[^}]*shop_currency=\"EUR\"[^}]*\\} (\\d+)", RegexOptions.Multiline)]
    private static partial Regex OrderMetric();

    [GeneratedRegex("^shop_refund_value[^{]*\\{[^}]*shop_currency=\"EUR\"[^}]*\\} (\\d+)", RegexOptions.Multiline)]
    private static partial Regex RefundMetric();

    private async Task<string> ScrapeAsync(string service)
    {
        using var client = shop.App.CreateHttpClient(service, "management");
        client.DefaultRequestHeaders.TryAddWithoutValidation("Accept", "application/openmetrics-text; version=1.0.0");
        return await client.GetStringAsync("/metrics");
    }

    [GeneratedRegex("trace_id=\"([0-9a-f]{32})\"")]
    private static partial Regex ExemplarTraceId();
}
