using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Shop.Telemetry.Sampling.CriticalRoutes;

namespace Shop.Tests.Unit.ServiceDefaults.CriticalRoutes;

public sealed class CriticalRouteTests
{
    [Theory]
    [InlineData("/payment/confirm", "payment")]
    [InlineData("/api/v1/payments/confirm", "payment")]
    [InlineData("/order/refund", "refund")]
    [InlineData("/orders/{id}/refund", "refund")]
    [InlineData("/api/v1/orders/{orderId:guid}/refund", "refund")]
    [InlineData("/api/v1/carts/{cartId}/checkout", "checkout")]
    [InlineData("/api/v1/carts/{cartId}", null)]
    [InlineData("/checkout/help", null)]
    [InlineData("/", null)]
    public void Without_any_setting_the_routes_where_money_moves_are_key_nodes(string route, string? nodeClass) =>
        Assert.Equal(nodeClass, Rules([]).OfRoute(route));

    [Theory]
    [InlineData("checkout.submitted", "checkout")]
    [InlineData("payment.accepted", "payment")]
    [InlineData("order.refunded", "refund")]
    [InlineData("cart.line_set", null)]
    public void So_are_their_events(string type, string? nodeClass) => Assert.Equal(nodeClass, Rules([]).OfEvent(type));

    [Fact]
    public void Configuration_adds_changes_and_switches_off()
    {
        var rules = Rules([("login:Route", "^/login$"), ("checkout:Route", "/buy$"), ("payment:Enabled", "false")]);

        Assert.Equal("login", rules.OfRoute("/login"));
        Assert.Equal("checkout", rules.OfRoute("/cart/buy"));
        Assert.Null(rules.OfRoute("/cart/checkout"));
        Assert.Null(rules.OfRoute("/payment/confirm"));
    }

    [Fact]
    public void A_rule_with_a_status_waits_for_the_answer()
    {
        var rules = Rules([("refused:Route", "/lines/"), ("refused:Status", "^4(09|22)$")]);

        Assert.Null(rules.OfRoute("/lines/{sku}"));
        Assert.Null(rules.OfAnswer("/lines/{sku}", 200));
        Assert.Equal("refused", rules.OfAnswer("/lines/{sku}", 409));
        Assert.Equal("checkout", rules.OfAnswer("/checkout", 202));
    }

    [Theory]
    [InlineData("bad:Route", "(", "Rules:bad:Route")]
    [InlineData("bad:Event", "[", "Rules:bad:Event")]
    [InlineData("bad:Route", "x", "Rules:bad:Status", "bad:Status", "*")]
    [InlineData("bad:Route", "(?<=x)y", "Rules:bad:Route")]
    [InlineData("bad:Status", "200", "neither a Route nor an Event")]
    [InlineData("bad name:Route", "x", "a class is")]
    public async Task A_bad_rule_stops_the_start_and_is_named(string name, string value, string complaint, string? otherName = null, string? otherValue = null)
    {
        using var host = Host(otherName is null ? [(name, value)] : [(name, value), (otherName, otherValue!)]);

        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());

        Assert.Contains(complaint, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_known_route_costs_a_look_up_and_no_allocation()
    {
        var rules = Rules([]);
        rules.OfRoute("/api/v1/carts/{cartId}/checkout");
        rules.OfRoute("/api/v1/products");

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            rules.OfRoute("/api/v1/carts/{cartId}/checkout");
            rules.OfRoute("/api/v1/products");
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static CriticalRouteMatcher Rules((string, string)[] settings) => Host(settings).Services.GetRequiredService<CriticalRouteMatcher>();

    private static IHost Host((string Name, string Value)[] settings)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create($"{CriticalRouteOptions.Section}:Rules:{setting.Name}", (string?)setting.Value)));
        builder.AddCriticalRoutes();
        return builder.Build();
    }
}
