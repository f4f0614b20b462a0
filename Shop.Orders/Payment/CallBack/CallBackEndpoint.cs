using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Shop.Contracts;
using Shop.Web.Problems;

namespace Shop.Orders.Payment.CallBack;

internal static class CallBackEndpoint
{
    public const string Path = "/payment/confirm";

    // A real one has some 200 bytes.
    private const int LongestBody = 4096;

    public static void MapPaymentCallBack(this IEndpointRouteBuilder routes) => routes
        .MapPost(Path, ConfirmPayment).WithName("confirmPayment").WithTags("Payment")
        .WithSummary("The payment provider tells what became of a payment")
        .WithDescription(
            "Signed: Payment-Signature is v1= and the HMAC-SHA256, in hexadecimal, over Payment-Timestamp (seconds since 1970), a full stop and the body. "
            + "A request that was heard before is refused; to repeat a call-back, sign it anew. Anything but 200 asks the provider to do so later.")
        .Accepts<PaymentCallBack>("application/json")
        .ProducesProblem(StatusCodes.Status401Unauthorized)
        .ProducesProblem(StatusCodes.Status404NotFound)
        .ProducesProblem(StatusCodes.Status409Conflict)
        .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
        .ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
        .ProducesProblem(StatusCodes.Status422UnprocessableEntity);

    private static async Task<Results<Ok<PaymentHeard>, ProblemHttpResult, ValidationProblem>> ConfirmPayment(
        HttpRequest request, ConfirmingPayment confirming, IOptions<CallBackOptions> options, TimeProvider time, ILogger<ConfirmingPayment> log, CancellationToken cancellationToken)
    {
        if (await ReadAsync(request, cancellationToken) is not { } body)
            return Refusals.CallBackTooLong();

        // Nothing of a body is looked at before it is known to be the provider's.
        var check = CallBackSignature.Check(
            request.Headers[CallBackSignature.TimestampHeader], request.Headers[CallBackSignature.SignatureHeader], body, options.Value, time.GetUtcNow(), out var signature);
        if (check is not SignatureCheck.Genuine)
        {
            log.CallBackRefused(check);
            return check is SignatureCheck.OutOfTime ? Refusals.CallBackOutOfTime() : Refusals.CallBackForged();
        }

        if (Parse(body) is not { } callBack)
            return ProblemResults.InvalidField("outcome", $"Needed: orderId, amount and an outcome, {PaymentCallBack.Accepted} or {PaymentCallBack.Declined}.");

        switch (await confirming.ConfirmAsync(callBack, signature, cancellationToken))
        {
            case ConfirmAnswer.Heard({ } order):
                return TypedResults.Ok(new PaymentHeard(order.OrderId, order.Status.ToString()));
            case ConfirmAnswer.UnknownOrder:
                return Refusals.UnknownOrder(callBack.OrderId);
            case ConfirmAnswer.TooEarly:
                return Refusals.CallBackTooEarly();
            case ConfirmAnswer.OtherAmount:
                return Refusals.OtherAmount();
            case ConfirmAnswer.Replayed:
                log.CallBackReplayed(callBack.OrderId);
                return Refusals.CallBackReplayed();
            case var unknown:
                throw new InvalidOperationException($"No reply for {unknown}.");
        }
    }

    private static async Task<byte[]?> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var buffer = new byte[LongestBody + 1];
        var length = await request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return length <= LongestBody ? buffer[..length] : null;
    }

    private static PaymentCallBack? Parse(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize<PaymentCallBack>(body, JsonSerializerOptions.Web) is { Outcome: PaymentCallBack.Accepted or PaymentCallBack.Declined } callBack
                ? callBack
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <param name="OrderId">The order that the payment is for.</param>
/// <param name="Amount">What was asked for; another amount is not taken for this payment.</param>
/// <param name="Outcome">accepted or declined.</param>
public sealed record PaymentCallBack(Guid OrderId, Money Amount, [Required] string Outcome)
{
    internal const string Accepted = "accepted";
    internal const string Declined = "declined";
}

/// <param name="OrderId">The order that the payment is for.</param>
/// <param name="Status">Where the order is now.</param>
public sealed record PaymentHeard(Guid OrderId, string Status);
