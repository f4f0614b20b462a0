namespace Shop.Insights.Events;

/// <summary>The attributes of events that have columns, besides those of the journey.</summary>
internal static class EventAttributes
{
    /// <summary>The route of the page or request.</summary>
    public const string PagePath = "shop.page.path";

    /// <summary>The product.</summary>
    public const string Sku = "shop.item.sku";

    /// <summary>The order.</summary>
    public const string OrderId = "shop.order.id";

    /// <summary>Where the visitor came from, such as <c>newsletter</c> or <c>direct</c>. Page views have it.</summary>
    public const string Source = "shop.traffic.source";

    /// <summary>The kind of the device: <c>desktop</c> or <c>mobile</c>. Page views have it.</summary>
    public const string Device = "shop.device.type";

    /// <summary>
    /// Present where the visitor is synthetic: <c>test</c> for simulated visitors, <c>bot</c> for crawlers. The name and the values are
    /// those of OpenTelemetry.
    /// </summary>
    public const string SyntheticType = "user_agent.synthetic.type";
}
