using Microsoft.EntityFrameworkCore;
using Shop.Contracts.Messages;
using Shop.Orders.Ordering;
using Shop.Orders.Payment;
using Shop.Orders.Payment.CallBack;
using Shop.Orders.Recipients;
using Shop.Orders.Storage;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddCriticalRoute("payment", route: "/payments?/confirm$", @event: @"^payment\.");
builder.AddCriticalRoute("refund", route: @"/orders?/(\{[^/]+\}/)?refund$", @event: @"^(refund\.|order\.refunded$)");
builder.AddPostgres<OrdersDb>("ordersdb");
builder.AddRecipients();
builder.AddOrdering();
builder.AddPayment();
builder.AddMessaging(messages => messages
    .ConsumeInTurn<CheckoutSubmittedConsumer, CheckoutSubmitted>(checkout => checkout.OrderId)
    .RetryImmediately<DbUpdateConcurrencyException>());
builder.Services.AddValidation(); // here, since its generator looks into the project that calls it
builder.Services.AddOpenApi(document => document.AddCommonResponses());

var app = builder.Build();
app.UseServiceDefaults();
app.MapDefaultEndpoints();
app.MapOpenApi();
app.MapOrders();
app.MapPaymentCallBack();
app.Run();
