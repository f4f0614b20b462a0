using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Shop.Telemetry.Sampling.CriticalRoutes;

namespace Shop.Tests.Unit.Telemetry.Sampling;

public sealed class CriticalRouteMatcherTests
{
    [Theory]
    [InlineData("/payment/confirm", "payment")]
    [InlineData("/api/v1/payments/confirm", "payment")]
    [InlineData("/order/refund", "refund")]
    [InlineData("/orders/{id}/refund", "refund")]
    [InlineData("/api/v1/admin/orders/{orderId:guid}/refund", "refund")]
    [InlineData("/api/v1/carts/{cartId}/checkout", "checkout")]
    [InlineData("/api/v1/carts/{cartId}", null)]
    [InlineData("/checkout/help", null)]
    [InlineData("/", null)]
    public void Route_matches_the_registered_rules(string route, string? criticalRoute) =>
        Assert.Equal(criticalRoute, CreateMatcher().MatchRoute(route));

    [Theory]
    [InlineData("checkout.submitted", "checkout")]
    [InlineData("payment.accepted", "payment")]
    [InlineData("order.refunded", "refund")]
    [InlineData("cart.line_set", null)]
    public void Event_matches_the_registered_rules(string eventName, string? criticalRoute) =>
        Assert.Equal(criticalRoute, CreateMatcher().MatchEvent(eventName));

    [Fact]
    public void Nothing_matches_when_no_rule_is_registered_or_configured()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.AddCriticalRoutes();
        var matcher = builder.Build().Services.GetRequiredService<CriticalRouteMatcher>();

        Assert.Null(matcher.MatchRoute("/checkout"));
        Assert.Null(matcher.MatchEvent("checkout.submitted"));
    }

    [Fact]
    public void Configuration_adds_changes_and_disables_rules()
    {
        var matcher = CreateMatcher(("login:Route", "^/login$"), ("checkout:Route", "/buy$"), ("payment:Enabled", "false"));

        Assert.Equal("login", matcher.MatchRoute("/login"));
        Assert.Equal("checkout", matcher.MatchRoute("/cart/buy"));
        Assert.Null(matcher.MatchRoute("/cart/checkout"));
        Assert.Null(matcher.MatchRoute("/payment/confirm"));
    }

    [Fact]
    public void Rule_with_a_status_matches_only_the_response()
    {
        var matcher = CreateMatcher(("conflict:Route", "/lines/"), ("conflict:Status", "^4(09|22)$"));

        Assert.Null(matcher.MatchRoute("/lines/{sku}"));
        Assert.Null(matcher.MatchResponse("/lines/{sku}", 200));
        Assert.Equal("conflict", matcher.MatchResponse("/lines/{sku}", 409));
        Assert.Equal("checkout", matcher.MatchResponse("/checkout", 202));
    }

    [Fact]
    public void Cached_match_allocates_nothing()
    {
        var matcher = CreateMatcher();
        matcher.MatchRoute("/api/v1/carts/{cartId}/checkout");
        matcher.MatchRoute("/api/v1/products");

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            matcher.MatchRoute("/api/v1/carts/{cartId}/checkout");
            matcher.MatchRoute("/api/v1/products");
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    // The rules that Shop.Cart and Shop.Orders register. They are registered after the options are bound, as in the services.
    private static CriticalRouteMatcher CreateMatcher(params (string Name, string? Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration.AddInMemoryCollection(
            settings.Select(setting => KeyValuePair.Create($"{CriticalRouteOptions.Section}:Rules:{setting.Name}", setting.Value)));
        builder.AddCriticalRoutes();
        builder.AddCriticalRoute("payment", route: "/payments?/confirm$", @event: @"^payment\.");
        builder.AddCriticalRoute("refund", route: @"/orders?/(\{[^/]+\}/)?refund$", @event: @"^(refund\.|order\.refunded$)");
        builder.AddCriticalRoute("checkout", route: "/checkout$", @event: @"^checkout\.");
        return builder.Build().Services.GetRequiredService<CriticalRouteMatcher>();
    }
}
