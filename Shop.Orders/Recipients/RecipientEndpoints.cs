using Microsoft.AspNetCore.Http.HttpResults;
using Shop.Web.Authentication;

namespace Shop.Orders.Recipients;

internal static class RecipientEndpoints
{
    public static void MapRecipients(this IEndpointRouteBuilder routes) => routes.MapGroup("/api/v1/admin").WithTags("Admin")
        .MapDelete("/orders/{orderId:guid}/recipient", Erase).WithName("eraseRecipient")
        .RequireAuthorization(AuthorizationPolicies.Staff)
        .ProducesProblem(StatusCodes.Status404NotFound)
        .ProducesProblem(StatusCodes.Status409Conflict);

    [EndpointSummary("Erases the recipient of an order that has ended, or of a checkout that never became an order")]
    [EndpointDescription(
        "Erases name, address and email address in the database, and in messages of the order that are in the error queue. They cannot be "
        + "restored. The operation is idempotent.")]
    private static async Task<Results<NoContent, ProblemHttpResult>> Erase(
        Guid orderId, EraseRecipient useCase, CancellationToken cancellationToken) =>
        await useCase.EraseAsync(orderId, cancellationToken) switch
        {
            EraseRecipientResult.Erased => TypedResults.NoContent(),
            EraseRecipientResult.UnknownOrder => OrderProblems.UnknownOrder(orderId),
            EraseRecipientResult.OrderInProgress => OrderProblems.OrderInProgress(),
            var unknown => throw new InvalidOperationException($"Unknown result {unknown}."),
        };
}
