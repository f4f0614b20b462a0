using Microsoft.AspNetCore.Http.HttpResults;
using Shop.Orders.Ordering;
using Shop.Web.Problems;

namespace Shop.Orders;

/// <summary>The ways in which orders say no, each with a code that programs may compare.</summary>
internal static class Refusals
{
    public static ProblemHttpResult UnknownOrder(Guid orderId) =>
        ProblemResults.Create(StatusCodes.Status404NotFound, "unknown_order", $"There is no order {orderId}. One that was just submitted may take a moment.");

    public static ProblemHttpResult NotNow(string code, OrderStatus status) =>
        ProblemResults.Create(StatusCodes.Status409Conflict, code, $"The order is {status}.", KeyValuePair.Create("orderStatus", (object?)status.ToString()));

    public static ProblemHttpResult CallBackForged() =>
        ProblemResults.Create(StatusCodes.Status401Unauthorized, "forged", "The signature is not the provider's.");

    public static ProblemHttpResult CallBackOutOfTime() =>
        ProblemResults.Create(StatusCodes.Status401Unauthorized, "out_of_time", "The signature is from too long ago, or from the future. Sign it anew.");

    public static ProblemHttpResult CallBackReplayed() =>
        ProblemResults.Create(StatusCodes.Status409Conflict, "replayed", "This very request was heard before. To repeat it, sign it anew.");

    public static ProblemHttpResult CallBackTooEarly() =>
        ProblemResults.Create(StatusCodes.Status409Conflict, "too_early", "The order has not asked for money yet. Call again later.");

    public static ProblemHttpResult CallBackTooLong() =>
        ProblemResults.Create(StatusCodes.Status413PayloadTooLarge, "too_long", "No call-back is that long.");

    public static ProblemHttpResult OtherAmount() =>
        ProblemResults.Create(StatusCodes.Status422UnprocessableEntity, "other_amount", "The order asked for another amount.");
}
