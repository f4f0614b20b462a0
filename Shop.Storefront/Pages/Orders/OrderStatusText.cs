namespace Shop.Storefront.Pages.Orders;

/// <summary>The status of an order in one or two words.</summary>
internal static class OrderStatusText
{
    /// <summary>Returns the words for a status.</summary>
    public static string Format(string status) => status switch
    {
        "Submitted" => "Received",
        "StockReserved" => "Waiting for payment",
        "Paid" => "Paid",
        "Confirmed" => "Complete",
        "Rejected" => "Not carried out",
        "Cancelled" => "Cancelled",
        "Refunded" => "Refunded",
        _ => "In progress",
    };
}
