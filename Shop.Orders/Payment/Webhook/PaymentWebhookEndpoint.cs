using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Shop.Contracts;
using Shop.Telemetry.Http;
using Shop.Telemetry.Sampling.CriticalRoutes;
using Shop.Web.Problems;

namespace Shop.Orders.Payment.Webhook;

internal static class PaymentWebhookEndpoint
{
    public const string Path = "/payment/confirm";

    // A valid body has about 200 bytes.
    private const int MaxBodyBytes = 4096;

    public static void MapPaymentWebhook(this IEndpointRouteBuilder routes) => routes
        .MapPost(Path, ConfirmPayment).WithName("confirmPayment").WithTags("Payment")
        .AllowAnonymous() // the signature authenticates the provider
        .Accepts<PaymentWebhookRequest>("application/json")
        .ProducesProblem(StatusCodes.Status401Unauthorized)
        .ProducesProblem(StatusCodes.Status404NotFound)
        .ProducesProblem(StatusCodes.Status409Conflict)
        .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
        .ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
        .ProducesProblem(StatusCodes.Status422UnprocessableEntity);

    [VerifiesCaller]
    [EndpointSummary("Receives the outcome of a payment from the payment provider")]
    [EndpointDescription(
        "Requests must be signed. Payment-Timestamp is the time in seconds since 1970. Payment-Signature is v1= and the hexadecimal "
        + "HMAC-SHA256 of the timestamp, a full stop and the body. The provider must send the webhook again later for every response other "
        + "than 200. The same request has no further effect; it is rejected when its timestamp is too old, so sign it again by then.")]
    private static async Task<Results<Ok<PaymentWebhookResponse>, ProblemHttpResult, ValidationProblem>> ConfirmPayment(
        HttpRequest request,
        ConfirmPayment useCase,
        IOptions<PaymentWebhookOptions> options,
        IOptions<JsonOptions> json,
        TimeProvider time,
        RejectedWebhookLog rejections,
        ILogger<ConfirmPayment> log,
        CancellationToken cancellationToken)
    {
        if (await ReadBodyAsync(request, cancellationToken) is not { } body)
        {
            return OrderProblems.WebhookBodyTooLarge();
        }

        // The signature is verified before the body is parsed.
        var verification = WebhookSignature.Verify(
            request.Headers[WebhookSignature.TimestampHeader],
            request.Headers[WebhookSignature.SignatureHeader],
            body,
            options.Value,
            time.GetUtcNow(),
            out var signature);
        if (verification is not SignatureVerificationResult.Valid)
        {
            rejections.Add(verification);
            return verification is SignatureVerificationResult.TimestampOutOfRange
                ? OrderProblems.WebhookTimestampOutOfRange()
                : OrderProblems.InvalidWebhookSignature();
        }

        request.HttpContext.SetCallerVerified();
        if (Parse(body, json.Value.SerializerOptions) is not { } webhook)
        {
            return ProblemResults.InvalidField(
                "outcome",
                $"The body must have orderId, amount and outcome, {PaymentWebhookRequest.Accepted} or {PaymentWebhookRequest.Declined}.");
        }

        switch (await useCase.ConfirmAsync(webhook, signature, cancellationToken))
        {
            case ConfirmPaymentResult.Processed({ } order):
                return TypedResults.Ok(new PaymentWebhookResponse(order.OrderId, order.Status.ToString()));
            case ConfirmPaymentResult.UnknownOrder:
                return OrderProblems.UnknownOrder(webhook.OrderId);
            case ConfirmPaymentResult.PaymentNotRequested:
                return OrderProblems.PaymentNotRequested();
            case ConfirmPaymentResult.AmountMismatch:
                return OrderProblems.AmountMismatch();
            case ConfirmPaymentResult.Duplicate({ } order):
                log.DuplicateWebhookIgnored(webhook.OrderId);
                return TypedResults.Ok(new PaymentWebhookResponse(order.OrderId, order.Status.ToString()));
            case var unknown:
                throw new InvalidOperationException($"Unknown result {unknown}.");
        }
    }

    private static async Task<byte[]?> ReadBodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxBodyBytes + 1];
        var length = await request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return length <= MaxBodyBytes ? buffer[..length] : null;
    }

    private static PaymentWebhookRequest? Parse(byte[] body, JsonSerializerOptions json)
    {
        try
        {
            var webhook = JsonSerializer.Deserialize<PaymentWebhookRequest>(body, json);
            return webhook is { Outcome: PaymentWebhookRequest.Accepted or PaymentWebhookRequest.Declined } ? webhook : null;
        }
        catch (JsonException exception)
        {
            // Answered like any body that cannot be read: 400 with the field or the position.
            throw new BadHttpRequestException("The body is not a webhook.", exception);
        }
    }
}

/// <summary>The outcome of a payment.</summary>
/// <param name="OrderId">The order that the payment is for.</param>
/// <param name="Amount">The amount of the payment. It must be the total of the order.</param>
/// <param name="Outcome">accepted or declined.</param>
public sealed record PaymentWebhookRequest(Guid OrderId, Money Amount, [Required] string Outcome)
{
    internal const string Accepted = "accepted";
    internal const string Declined = "declined";
}

/// <summary>The order after the webhook was processed.</summary>
/// <param name="OrderId">The order that the payment is for.</param>
/// <param name="Status">The status of the order.</param>
public sealed record PaymentWebhookResponse(Guid OrderId, string Status);
