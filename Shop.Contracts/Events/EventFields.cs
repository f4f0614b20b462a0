using System.Collections.Frozen;

namespace Shop.Contracts.Events;

/// <summary>
/// The fields of journey events: each property name of an event record maps to one attribute name. No field identifies a person.
/// </summary>
public static class EventFields
{
    private static readonly FrozenDictionary<string, EventField> _byProperty = new Dictionary<string, EventField>
    {
        ["Action"] = new("shop.action", "Action of the element that the visitor pressed: its `data-shop-action`."),
        ["Amount"] = new("shop.amount", "Amount in minor units of the currency: 1299 EUR is 12.99 euros."),
        ["Available"] = new("shop.item.available", "Units of the product that were available for purchase."),
        ["BaselineErrors"] = new("shop.baseline.errors", "Errors of the baseline: responses 5xx, and calls without a response."),
        ["BaselineP99"] = new("shop.baseline.p99", "99th percentile of the duration of requests to the baseline, in milliseconds."),
        ["BaselineRequests"] = new("shop.baseline.requests", "Requests to the baseline."),
        ["CanaryErrors"] = new("shop.canary.errors", "Errors of the canary: responses 5xx, and calls without a response."),
        ["CanaryP99"] = new("shop.canary.p99", "99th percentile of the duration of requests to the canary, in milliseconds."),
        ["CanaryRequests"] = new("shop.canary.requests", "Requests to the canary."),
        ["CanaryService"] = new("shop.canary.service", "Service whose second version is the canary."),
        ["CanaryShare"] = new("shop.canary.share", "Share of the sessions that the canary gets, in percent."),
        ["CartId"] = new("shop.cart.id", "Hash of the id of the cart, the same in all services. The id itself opens the cart."),
        ["ClientEventId"] = new("shop.event.client_id", "Id that the page has given the event: the same if the event arrives twice."),
        ["ClientTime"] = new("shop.event.client_time", "When the event happened in the browser, in milliseconds since 1970-01-01 UTC."),
        ["Currency"] = new("shop.currency", "ISO 4217 currency code."),
        ["DeviceType"] = new("shop.device.type", "Kind of the device, by its `User-Agent`: `desktop` or `mobile`."),
        ["ErrorSource"] = new("shop.error.source", "Where the script or file is from: `own` (this shop), `external` or `unknown`."),
        ["ErrorType"] = new("error.type", "Class of the error, such as `TypeError`; `ScriptLoadError` for a script that did not load."),
        ["FlagContextId"] = new("feature_flag.context.id", "Id of the session that saw the variant."),
        ["FlagKey"] = new("feature_flag.key", "Name of the experiment."),
        ["FlagProvider"] = new("feature_flag.provider.name", "Name of the library that evaluated the flag."),
        ["FlagReason"] = new(
            "feature_flag.result.reason", "`split` (by share), `cached` (the visitor has seen it before) or `static` (forced)."),
        ["FlagVariant"] = new("feature_flag.result.variant", "Variant that the visitor saw."),
        ["ItemSku"] = new("shop.item.sku", "SKU of the product."),
        ["JumpFrom"] = new(
            "shop.jump.from", "Route that answered the request; for a redirect by a script, the route of the page that has it."),
        ["JumpTo"] = new(
            "shop.jump.to", "Route that the visitor was sent to; `external` for another host, `other` for no route of the shop."),
        ["LeftBy"] = new(
            "shop.page.left_by", "How the page was left: `link`, `form`, `script`, `traverse` (back or forward), `reload`, `other`."),
        ["LineCount"] = new("shop.line_count", "Number of lines, one for each SKU."),
        ["OpenTime"] = new("shop.page.open_time", "Time for which the page was open, in milliseconds."),
        ["OrderId"] = new("shop.order.id", "Order identifier, from checkout on."),
        ["PagePath"] = new("shop.page.path", "Route of the page, such as `/products/:sku`; `other` for no route of the shop."),
        ["Quantity"] = new("shop.item.quantity", "Units of the product."),
        ["Reason"] = new("shop.reason", "Machine-readable reason code."),
        ["Skus"] = new("shop.item.skus", "SKUs of several products, separated by commas."),
        ["Status"] = new("http.response.status_code", "Status code of the response."),
        ["Tag"] = new("shop.event.tag", "Class of the event: `jump`."),
        ["TotalQuantity"] = new("shop.total_quantity", "Units of all lines in total."),
        ["TrafficSource"] = new(
            "shop.traffic.source",
            "Where the visitor came from: `utm_source` of the address, the host of the site that led here, or `direct`. Absent on pages "
            + "that a page of the shop led to."),
        ["WebVitalName"] = new("browser.web_vital.name", "`lcp`, `inp` (in milliseconds) or `cls` (a score)."),
        ["WebVitalValue"] = new("browser.web_vital.value", "Value of the web vital."),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Returns the field of an event property.</summary>
    /// <param name="property">Property name of an event record.</param>
    /// <exception cref="InvalidOperationException">No field is defined for the property.</exception>
    public static EventField Of(string property) => _byProperty.TryGetValue(property, out var field)
        ? field
        : throw new InvalidOperationException($"{nameof(EventFields)} defines no field for property '{property}'.");
}
